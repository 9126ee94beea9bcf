import { readFile } from "node:fs/promises";
import { isChoreoError, messageOf } from "../lib/errors.ts";
import { readJsonIfExists, writeFileAtomic } from "../lib/fs.ts";
import { processStartTime } from "../lib/process.ts";
import { redact } from "../lib/redact.ts";
import type { HostSettings, SupervisorSettings } from "../planes/supervisor-process.ts";
import { runController } from "./controller.ts";
import { runHost } from "./host.ts";
import { serveStatus } from "./server.ts";

/**
 * The background process of one platform: runs the controller, hosts embedded clusters, and answers on a unix socket. Arguments: settings file,
 * socket, pid file. It ends by SIGTERM, by `POST /stop`, or when its settings are gone or belong to another platform.
 */
const main = async (): Promise<void> => {
  const [settingsFile, socket, pidFile] = process.argv.slice(2);
  if (settingsFile === undefined || socket === undefined || pidFile === undefined)
    throw new Error("usage: supervisor SETTINGS SOCKET PIDFILE");
  const settings = JSON.parse(await readFile(settingsFile, "utf8")) as SupervisorSettings | HostSettings;
  const abort = new AbortController();
  const stop = (why: string): void => {
    log("info", `stopping: ${why}`);
    abort.abort();
    // Open sockets and timers must not keep a stopped supervisor alive.
    setTimeout(() => process.exit(0), 3000).unref();
  };
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stop(name));
  process.on("SIGHUP", () => undefined);
  const startTime = await processStartTime(process.pid);
  await writeFileAtomic(pidFile, JSON.stringify({ pid: process.pid, startTime }));
  const options = { signal: abort.signal, log };
  const host = "clustersDir" in settings ? runHost(settings, options) : undefined;
  const controller = host ?? runController(settings as SupervisorSettings, options);
  const fingerprint = (): string => host?.fingerprint() ?? (settings as SupervisorSettings).fingerprint;
  const server = await serveStatus(socket, { settings, fingerprint, controller, host, stop: () => stop("asked to") });
  const watch = setInterval(() => {
    void readJsonIfExists<SupervisorSettings>(settingsFile).then((now) => {
      if (now?.platformId !== settings.platformId || now.program !== settings.program) stop("the platform is gone");
    });
  }, 5000);
  await controller.ended;
  clearInterval(watch);
  await server.close();
};

const log = (level: "info" | "warn" | "error", message: string, fields: Record<string, unknown> = {}): void => {
  const extra = Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
  process.stdout.write(redact(`${new Date().toISOString()} ${level.padEnd(5)} ${message}${extra}\n`));
};

process.on("unhandledRejection", (error) => log("error", `unhandled: ${messageOf(error)}`));

main().then(
  () => process.exit(0),
  (error: unknown) => {
    log("error", isChoreoError(error) ? `${error.code} ${error.message}: ${error.why ?? ""}` : messageOf(error));
    process.exit(1);
  },
);
