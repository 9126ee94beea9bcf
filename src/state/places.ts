import { createHash } from "node:crypto";
import os from "node:os";
import path from "node:path";

export interface Places {
  /** Kubeconfigs, journals, logs: rebuilt by `up` when lost. */
  readonly state: string;
  /** Downloads with their checksums. */
  readonly cache: string;
}

export interface PlatformPlaces {
  readonly dir: string;
  readonly kubeconfigs: string;
  readonly children: string;
  readonly journal: string;
  readonly trace: string;
  readonly lock: string;
  readonly caDir: string;
  readonly sync: string;
  readonly supervisor: {
    readonly settings: string;
    readonly socket: string;
    readonly log: string;
    readonly pid: string;
  };
}

/** XDG folders on Linux, their counterparts on macOS. */
export const places = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Places => {
  const home = env["HOME"] ?? os.homedir();
  const mac = platform === "darwin";
  const state = env["XDG_STATE_HOME"] ?? path.join(home, mac ? "Library/Application Support" : ".local/state");
  const cache = env["XDG_CACHE_HOME"] ?? path.join(home, mac ? "Library/Caches" : ".cache");
  return { state: path.join(state, "choreo-dev"), cache: path.join(cache, "choreo-dev") };
};

export const platformPlaces = (root: Places, name: string): PlatformPlaces => {
  const dir = path.join(root.state, name);
  const at = (...parts: string[]): string => path.join(dir, ...parts);
  return {
    dir,
    kubeconfigs: at("kubeconfigs"),
    children: at("children"),
    journal: at("journal.ndjson"),
    trace: at("trace.json"),
    lock: path.join(root.state, `${name}.lock`),
    caDir: at("ca"),
    sync: at("sync"),
    supervisor: {
      settings: at("supervisor.json"),
      socket: shortSocket(at("supervisor.sock")),
      log: at("supervisor.log"),
      pid: at("supervisor.pid"),
    },
  };
};

/** The kernel takes at most 107 bytes (103 on macOS) for the path of a socket. */
const shortSocket = (file: string): string => {
  if (Buffer.byteLength(file) <= 100) return file;
  const hash = createHash("sha256").update(file).digest("hex").slice(0, 16);
  const user = os.userInfo().uid;
  return path.join(os.tmpdir(), `choreo-dev-${user}`, `${hash}.sock`);
};
