import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import http from "node:http";
import { text } from "node:stream/consumers";
import { isChoreoError, messageOf } from "../lib/errors.ts";
import type {
  HostSettings,
  SupervisorProblem,
  SupervisorSettings,
  SupervisorStatus,
} from "../planes/supervisor-process.ts";
import type { RunningController } from "./controller.ts";
import type { Host } from "./host.ts";

interface Supervisor {
  readonly settings: SupervisorSettings | HostSettings;
  readonly fingerprint: () => string;
  readonly controller: Pick<RunningController, "state">;
  /** Undefined where the clusters are elsewhere. */
  readonly host: Host | undefined;
  readonly stop: () => void;
}

/** `GET /status` and `POST /stop` on a unix socket that only this user can open; of a host also its clusters. */
export const serveStatus = async (socket: string, supervisor: Supervisor): Promise<{ close(): Promise<void> }> => {
  const startedAt = new Date().toISOString();
  const server = http.createServer((request, response) => {
    if (request.method === "GET" && request.url === "/status") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(statusOf(supervisor, startedAt)));
    } else if (request.method === "POST" && request.url === "/stop") {
      response.end("{}");
      supervisor.stop();
    } else {
      void answerHost(supervisor.host, request).then(
        (body) => response.end(JSON.stringify(body)),
        (error: unknown) => response.end(JSON.stringify(problemOf(error))),
      );
    }
  });
  await rm(socket, { force: true });
  server.listen(socket);
  await once(server, "listening");
  await chmod(socket, 0o600);
  return {
    close: async () => {
      server.close();
      server.closeAllConnections();
      await rm(socket, { force: true });
    },
  };
};

/** What can be done about it has to reach the user as well, who sees the command and not this process. */
const problemOf = (error: unknown): SupervisorProblem =>
  isChoreoError(error)
    ? { problem: error.message, code: error.code, why: error.why, fix: error.fix }
    : { problem: messageOf(error) };

/** `POST` and `DELETE /clusters/NAME`, and `POST /controller` with its settings. */
const answerHost = async (host: Host | undefined, request: http.IncomingMessage): Promise<object> => {
  const { method, url = "" } = request;
  const [, kind, name = ""] = url.split("/");
  if (host === undefined) return { problem: "this supervisor hosts no clusters" };
  if (method === "POST" && kind === "clusters") await host.clusters.start(name);
  else if (method === "DELETE" && kind === "clusters") await host.clusters.stop(name);
  else if (method === "POST" && kind === "controller")
    host.control(JSON.parse(await text(request)) as SupervisorSettings);
  else return { problem: `there is no ${method} ${url}` };
  return { pid: process.pid };
};

const statusOf = ({ settings, fingerprint, controller, host }: Supervisor, startedAt: string): SupervisorStatus => ({
  pid: process.pid,
  platformId: settings.platformId,
  program: settings.program,
  fingerprint: fingerprint(),
  startedAt,
  rssBytes: process.memoryUsage.rss(),
  clusters: host?.clusters.running() ?? [],
  ...controller.state(),
});
