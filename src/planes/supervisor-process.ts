import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { ChoreoError, type ErrorCode, messageOf } from "../lib/errors.ts";
import { spawnDetached } from "../lib/exec.ts";
import { checkPrivate, readIfExists, readJsonIfExists, writeFileAtomic } from "../lib/fs.ts";
import { packageRoot } from "../lib/package-root.ts";
import { poll } from "../lib/poll.ts";
import { processStartTime } from "../lib/process.ts";
import { redact } from "../lib/redact.ts";

interface SettingsOfAll {
  readonly platform: string;
  /** Random per platform; the supervisor ends itself when another platform took the name over. */
  readonly platformId: string;
  /** Hash of the program it was started from. */
  readonly program: string;
}

/** What a supervisor is told that hosts embedded clusters; of the controller it hears when there is a control plane. */
export interface HostSettings extends SettingsOfAll {
  readonly clustersDir: string;
}

/** What the background process of a platform is told. Written by `up`, mode 0600; it names files, never their secrets. */
export interface SupervisorSettings extends SettingsOfAll {
  /** Hash of what the configuration decides of these settings; see {@link settingsHash}. */
  readonly fingerprint: string;
  readonly control: { readonly cluster: string; readonly kubeconfig: string; readonly context: string };
  readonly registry: { readonly hostPort: number; readonly name: string } | undefined;
  /** Host ports of the external gateways by DataPlane name. */
  readonly gatewayPorts: Readonly<Record<string, number>>;
  readonly secrets: { readonly mode: "local" | "vault-csi"; readonly file: string };
  readonly dockerHost: string | undefined;
  /** Folder of the builds where data planes run processes of this machine; undefined where they run images. */
  readonly builds: string | undefined;
  /** Folder through which saved files reach pods. */
  readonly sync: string;
  /** Folder with the local CA, for certificates of organizations that are added later. */
  readonly caDir: string;
  /** What a node image with everything in it is made of, for the next cluster; undefined without nodes. */
  readonly bake:
    | {
        /** Held while a command works on the platform. */ readonly lock: string;
        readonly nodeImage: string;
        readonly images: readonly string[];
      }
    | undefined;
}

export interface SupervisorFiles {
  readonly settings: string;
  readonly socket: string;
  readonly log: string;
  /** Pid and start time of the process, for the time when its socket is gone. */
  readonly pid: string;
}

export interface SupervisorStatus {
  readonly pid: number;
  readonly platformId: string;
  readonly program: string;
  readonly fingerprint: string;
  readonly startedAt: string;
  readonly rssBytes: number;
  readonly ready: boolean;
  /** Why it is not ready, or the last thing that failed. */
  readonly problem: string | undefined;
  readonly controller: Readonly<Record<string, number>>;
  /** Embedded clusters whose API servers answer. */
  readonly clusters: readonly string[];
}

/** Answer of a supervisor that could not do what it was asked for. */
export interface SupervisorProblem {
  readonly problem: string;
  /** Of an error that has one, with its other parts. */
  readonly code?: ErrorCode | undefined;
  readonly why?: string | undefined;
  readonly fix?: string | undefined;
}

/** Identifies the running program: the hash of its sources in a checkout, its version in an installed package. */
export const programHash = async (): Promise<string> => {
  const stamp = await readIfExists(path.join(packageRoot(), "dist", ".source-hash"));
  if (stamp !== undefined) return stamp.slice(0, 16);
  const { version } = JSON.parse(await readFile(path.join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
  };
  return version;
};

/** Identifies the settings that change while a platform runs: the plan starts the supervisor again when they differ. */
export const settingsHash = (settings: Pick<SupervisorSettings, "gatewayPorts" | "secrets">): string =>
  createHash("sha256")
    .update(
      JSON.stringify([
        Object.keys(settings.gatewayPorts)
          .sort()
          .map((name) => [name, settings.gatewayPorts[name]]),
        settings.secrets,
      ]),
    )
    .digest("hex")
    .slice(0, 16);

/** One that is there and says nothing for so long hangs; until then it may just have little of a busy processor. */
const STATUS_MS = 15_000;

/** Asks the supervisor; undefined when none answers. Where there is none, that is known at once. */
export const supervisorStatus = async (socket: string): Promise<SupervisorStatus | undefined> => {
  try {
    await checkPrivate(path.dirname(socket));
    return JSON.parse(await callSupervisor(socket, "GET", "/status", { timeoutMs: STATUS_MS })) as SupervisorStatus;
  } catch {
    return undefined;
  }
};

export type Waiting = { readonly signal: AbortSignal; readonly progress: (message: string) => void };

/** Replaces whatever runs by a supervisor of this program and waits until its controller works. */
export const startSupervisor = async (
  settings: SupervisorSettings,
  files: SupervisorFiles,
  options: Waiting,
): Promise<SupervisorStatus> => {
  const pid = await startProcess(settings, files, options);
  return untilReady(pid, files, options);
};

/** Replaces whatever runs by a supervisor that hosts clusters, and waits until it answers. */
export const startHost = async (
  settings: HostSettings,
  files: SupervisorFiles,
  options: Waiting,
): Promise<SupervisorStatus> => {
  const pid = await startProcess(settings, files, options);
  return untilStatus(pid, files, options, () => undefined);
};

/** Has a supervisor that hosts clusters run the controller with these settings, and waits until it works. */
export const startHostedController = async (
  settings: SupervisorSettings,
  files: SupervisorFiles,
  options: Waiting,
): Promise<SupervisorStatus> => {
  const { pid } = JSON.parse(
    await callSupervisor(files.socket, "POST", "/controller", { body: JSON.stringify(settings) }),
  ) as { pid: number };
  return untilReady(pid, files, options);
};

const startProcess = async (
  settings: SupervisorSettings | HostSettings,
  files: SupervisorFiles,
  options: Waiting,
): Promise<number> => {
  await stopSupervisor(files, options.signal);
  await writeFileAtomic(files.settings, `${JSON.stringify(settings, undefined, 2)}\n`);
  await mkdir(path.dirname(files.socket), { recursive: true, mode: 0o700 });
  await checkPrivate(path.dirname(files.socket));
  const logFd = openSync(files.log, "a", 0o600);
  try {
    const entry = path.join(packageRoot(), "dist", "supervisor.js");
    const args = ["--max-old-space-size=384", entry, files.settings, files.socket, files.pid];
    const { HTTP_PROXY: _h, HTTPS_PROXY: _s, http_proxy: _l, https_proxy: _m, ...env } = process.env;
    return spawnDetached(process.execPath, args, { cwd: path.dirname(files.settings), env, logFd });
  } finally {
    closeSync(logFd);
  }
};

const untilReady = (pid: number, files: SupervisorFiles, options: Waiting): Promise<SupervisorStatus> =>
  untilStatus(pid, files, options, ({ ready, problem }) =>
    ready ? undefined : (problem ?? "its caches are not filled yet"),
  );

/** `missing`: what a supervisor that answers still lacks. */
const untilStatus = (
  pid: number,
  files: SupervisorFiles,
  { signal, progress }: Waiting,
  missing: (status: SupervisorStatus) => string | undefined,
): Promise<SupervisorStatus> =>
  poll<SupervisorStatus>(
    async () => {
      const status = await supervisorStatus(files.socket);
      const lack = status?.pid === pid ? missing(status) : "it does not answer yet";
      if (status !== undefined && lack === undefined) return { done: true, value: status };
      if ((await processStartTime(pid)) === undefined) throw await died(files.log);
      progress(`controller: ${lack}`);
      return { done: false, missing: lack ?? "it does not answer yet" };
    },
    {
      what: "the controller to start",
      timeoutMs: 60_000,
      intervalMs: 20,
      maxIntervalMs: 250,
      signal,
      code: "E_SUPERVISOR",
      fix: `see ${files.log}`,
    },
  );

const died = async (log: string): Promise<ChoreoError> => {
  const lines = redact((await readIfExists(log)) ?? "")
    .trimEnd()
    .split("\n");
  return new ChoreoError("E_SUPERVISOR", "The supervisor ended right after its start", {
    why: `its log is ${log}`,
    evidence: lines.slice(-12),
  });
};

/** Ends the supervisor, politely first; returns when its process is gone. Nothing happens when there is none. */
export const stopSupervisor = async (files: SupervisorFiles, signal?: AbortSignal): Promise<void> => {
  const recorded = await readJsonIfExists<{ pid: number; startTime: string }>(files.pid);
  await callSupervisor(files.socket, "POST", "/stop").catch(() => undefined);
  if (recorded !== undefined && (await processStartTime(recorded.pid)) === recorded.startTime) {
    await endProcess(recorded.pid, recorded.startTime, signal);
  }
  await rm(files.pid, { force: true });
  await rm(files.socket, { force: true });
};

const endProcess = async (pid: number, startTime: string, signal: AbortSignal | undefined): Promise<void> => {
  let asked = false;
  const began = performance.now();
  await poll(
    async () => {
      if ((await processStartTime(pid)) !== startTime) return { done: true, value: undefined };
      const waited = performance.now() - began;
      if (waited > 5000) kill(pid, "SIGKILL");
      else if (!asked && waited > 1000) {
        asked = true;
        kill(pid, "SIGTERM");
      }
      return { done: false, missing: `pid ${pid} still runs` };
    },
    {
      what: "the supervisor to end",
      timeoutMs: 15_000,
      intervalMs: 30,
      maxIntervalMs: 200,
      signal,
      code: "E_SUPERVISOR",
    },
  );
};

const kill = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
};

/** One request to a supervisor; whatever it answers. Default: at most 3 s without an answer. */
export const callSupervisor = (
  socketPath: string,
  method: string,
  url: string,
  { body, timeoutMs = 3000 }: { readonly body?: string; readonly timeoutMs?: number } = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = http.request({ socketPath, method, path: url, timeout: timeoutMs }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    request.on("error", (error) => reject(new Error(messageOf(error))));
    request.end(body);
  });
