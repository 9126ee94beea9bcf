import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { LIMIT_MS } from "./component.ts";
import type { BenchPlatform } from "./platform.ts";

export interface BenchSession {
  /** Changes that were told so far. */
  changes(): number;
  /** Milliseconds by phase of the changes that were told to go this path. */
  phasesOf(path: string): Readonly<Record<string, number[]>>;
  close(): Promise<void>;
}

interface Change {
  readonly type: string;
  readonly outcome: { readonly path: string; readonly phases: readonly (readonly [phase: string, ms: number])[] };
}

/** `choreo-dev dev` over all components, with the deployments that it begins with behind it. */
export const openSession = async (
  { bin, cwd, env }: BenchPlatform,
  { deployments }: { readonly deployments: number },
): Promise<BenchSession> => {
  const dev = spawn(process.execPath, [bin, "dev", "-o", "ndjson"], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => dev.kill("SIGINT"));
  let told = "";
  dev.stdout.on("data", (chunk: Buffer) => (told += chunk.toString()));
  const events = (): Change[] =>
    told
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Change)
      .filter(({ type }) => type === "change");
  const close = async (): Promise<void> => {
    const ended = once(dev, "exit");
    dev.kill("SIGINT");
    await ended;
  };
  for (const began = performance.now(); events().length < deployments; await delay(20)) {
    if (performance.now() - began < LIMIT_MS) continue;
    await close();
    throw new Error(`the session has begun with: ${told}`);
  }
  await delay(2000);
  return {
    changes: () => events().length,
    phasesOf: (path) => {
      const phases: Record<string, number[]> = {};
      for (const { outcome } of events().filter((change) => change.outcome.path === path))
        for (const [phase, ms] of outcome.phases) (phases[phase] ??= []).push(ms);
      return phases;
    },
    close,
  };
};
