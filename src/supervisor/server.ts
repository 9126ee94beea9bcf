import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import http from "node:http";
import type { SupervisorSettings, SupervisorStatus } from "../planes/supervisor-process.ts";
import type { RunningController } from "./controller.ts";

/** `GET /status` and `POST /stop` on a unix socket that only this user can open. */
export const serveStatus = async (
  socket: string,
  supervisor: {
    readonly settings: SupervisorSettings;
    readonly controller: RunningController;
    readonly stop: () => void;
  },
): Promise<{ close(): Promise<void> }> => {
  const startedAt = new Date().toISOString();
  const server = http.createServer((request, response) => {
    if (request.method === "GET" && request.url === "/status") {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(statusOf(supervisor.settings, supervisor.controller, startedAt)));
    } else if (request.method === "POST" && request.url === "/stop") {
      response.end("{}");
      supervisor.stop();
    } else {
      response.statusCode = 404;
      response.end("{}");
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

const statusOf = (
  settings: SupervisorSettings,
  controller: RunningController,
  startedAt: string,
): SupervisorStatus => ({
  pid: process.pid,
  platformId: settings.platformId,
  program: settings.program,
  fingerprint: settings.fingerprint,
  startedAt,
  rssBytes: process.memoryUsage.rss(),
  ...controller.state(),
});
