import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { sourceResources } from "../test/helpers/source-resources.ts";
import type { BenchPlatform } from "./platform.ts";

/** A component that is built from a folder. */
export interface BenchComponent {
  readonly name: string;
  readonly type: string;
  /** Files that it begins with; the Dockerfile tells its port. */
  readonly files: Readonly<Record<string, string>>;
}

export const LIMIT_MS = 120_000;

export const fileOf = ({ cwd }: BenchPlatform, component: BenchComponent, file: string): string =>
  path.join(cwd, component.name, "src", file);

export const deploy = (platform: BenchPlatform, component: BenchComponent): void => {
  for (const [file, content] of Object.entries(component.files)) {
    mkdirSync(path.dirname(fileOf(platform, component, file)), { recursive: true });
    writeFileSync(fileOf(platform, component, file), content);
  }
  writeFileSync(path.join(platform.cwd, component.name, "resources.json"), JSON.stringify(sourceResources(component)));
  platform.choreo("apply", "-f", component.name);
  platform.choreo("build", component.name);
};

export interface Asker {
  readonly ask: () => Promise<string>;
  readonly close: () => void;
}

/** Asks a component through the gateway, over one connection. */
export const asker = ({ choreo, state }: BenchPlatform, component: BenchComponent): Asker => {
  const url = new URL(choreo("url", component.name, "-e", "development").stdout.trim());
  const agent = new https.Agent({ keepAlive: true });
  const ca = readFileSync(path.join(state, "ca", "ca.pem"));
  const { hostname: servername, port, pathname, host } = url;
  return {
    ask: async () => {
      const request = https.get({ host: "127.0.0.1", port, path: pathname, servername, headers: { host }, ca, agent });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return text(response);
    },
    close: () => agent.destroy(),
  };
};

/** Milliseconds until `ask` answers so. */
export const until = async (wanted: string, ask: () => Promise<string>): Promise<number> => {
  const began = performance.now();
  for (;;) {
    if ((await ask().catch(() => "")) === wanted) return performance.now() - began;
    if (performance.now() - began > LIMIT_MS) throw new Error(`no answer ${wanted} within ${LIMIT_MS / 1000} s`);
    await delay(2);
  }
};
