import { execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { contextName } from "../../src/config/names.ts";
import type { KubeClient } from "../../src/k8s/client.ts";
import { connect } from "../../src/k8s/connect.ts";
import { endpointFromKubeconfig } from "../../src/k8s/kubeconfig.ts";
import { packageRoot } from "../../src/lib/package-root.ts";
import { type CliResult, sandbox } from "../helpers/cli.ts";
import type { FaultProxy } from "./fault-proxy.ts";
import type { FaultEngine } from "./history.ts";
import { type Model, createModel } from "./model.ts";
import { type FoundProcess, processesOf } from "./processes.ts";

export const USER_KUBECONFIG = "# not yours\napiVersion: v1\nkind: Config\n";
const LONGEST_COMMAND_MS = { embedded: 90_000, kind: 400_000 } as const;

/** One platform of a random name in a folder of its own, and everything a history does to it. */
export interface FaultWorld {
  readonly engine: FaultEngine;
  readonly name: string;
  readonly dir: string;
  readonly home: string;
  readonly stateDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly model: Model;
  /** Everything that is wrong so far. */
  readonly broken: string[];
  /** How often a fault could not be put in, because what it hits was not there. */
  readonly missed: string[];
  proxy: FaultProxy | undefined;
  /** Address of the API server behind the proxy. */
  realServer: string | undefined;
  /** Counts the contents that were saved and written. */
  version: number;
  /** Whether the wall clock of the supervisor was moved. */
  clockMoved: boolean;
  /** Runs the real command line. A command that does not end is broken, and so is one that meets a bug of its own. */
  run(args: readonly string[], killAfterMs?: number): Promise<CliResult>;
  supervisors(): FoundProcess[];
  /** Processes of pods, by the marker that each of them carries. */
  pods(): FoundProcess[];
  /** Everything of this platform that lives. */
  processes(): FoundProcess[];
  /** A client of the control plane with the private kubeconfig. Throws when there is none. */
  client(): Promise<KubeClient>;
  remove(): void;
}

export const createFaultWorld = (
  engine: FaultEngine,
  { preload, smallDisk }: { readonly preload: boolean; readonly smallDisk: boolean },
): FaultWorld => {
  const box = sandbox("faults");
  const name = `f${randomBytes(3).toString("hex")}`;
  const stateRoot = path.join(box.home, "state");
  const stateDir = path.join(stateRoot, "choreo-dev", name);
  mkdirSync(stateRoot, { recursive: true });
  if (smallDisk) execFileSync("mount", ["-t", "tmpfs", "-o", "size=40m", "choreo-dev-faults", stateRoot]);
  writeFileSync(path.join(box.home, "kubeconfig"), USER_KUBECONFIG);
  writeFileSync(
    path.join(box.dir, "choreo-dev.yaml"),
    `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\nengine: ${engine}\n${portOf(engine)}`,
  );
  const env: NodeJS.ProcessEnv = {
    ...box.env,
    CHOREO_TEST_HISTORY: box.home,
    ...(preload
      ? {
          NODE_OPTIONS: `--import=${path.join(packageRoot(), "test", "faults", "preload.mjs")}`,
          CHOREO_TEST_FAULTS: path.join(box.home, "faults.json"),
        }
      : {}),
  };
  const known = new Set<string>();
  /** Of all clusters that have been there: a cluster that is gone may have left processes. */
  const markers = (): ReadonlySet<string> => {
    for (const cluster of foldersIn(path.join(stateDir, "clusters"))) {
      const id = textIn(path.join(stateDir, "clusters", cluster, "node", "id"));
      if (id !== "") known.add(`CHOREO_PROCESS=${id}:`);
    }
    return known;
  };
  const broken: string[] = [];
  const run: FaultWorld["run"] = async (args, killAfterMs) => {
    const limit = LONGEST_COMMAND_MS[engine];
    const signal = AbortSignal.timeout(killAfterMs ?? limit);
    const result = await box.run(args, { env, signal });
    const killed = signal.aborted && result.code === -1;
    if (killed && killAfterMs === undefined) broken.push(`${args.join(" ")} did not end within ${limit / 1000} s`);
    if (/E_INTERNAL|^ {4}at .*:\d+:\d+\)?$/m.test(result.stderr))
      broken.push(`${args.join(" ")} met a bug:\n${result.stderr}`);
    return result;
  };
  return {
    engine,
    name,
    dir: box.dir,
    home: box.home,
    stateDir,
    env,
    model: createModel(),
    broken,
    missed: [],
    proxy: undefined,
    realServer: undefined,
    version: 0,
    clockMoved: false,
    run,
    pods: () => podsOf(markers()),
    processes: () => processesOf([box.home, ...markers()]),
    supervisors: () =>
      processesOf([box.home]).filter(({ command }) => /supervisor\.js .*supervisor\.json/.test(command)),
    client: async () => {
      const file = path.join(stateDir, "kubeconfigs", `${name}.yaml`);
      return connect(await endpointFromKubeconfig(readFileSync(file, "utf8"), contextName(name, engine)));
    },
    remove: () => {
      if (smallDisk) execFileSync("umount", ["-l", stateRoot]);
      box.remove();
    },
  };
};

/** Of its own: a stopped platform's port must not become that of another history. Outside of what systems give away. */
const portOf = (engine: FaultEngine): string => {
  const port = 20_000 + randomInt(12_000);
  return engine === "kind" ? "" : `planes:\n  data:\n    - { name: default-dataplane, gateway: { port: ${port} } }\n`;
};

const podsOf = (markers: ReadonlySet<string>): FoundProcess[] => (markers.size === 0 ? [] : processesOf(markers));

const foldersIn = (dir: string): string[] => {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
};

const textIn = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};
