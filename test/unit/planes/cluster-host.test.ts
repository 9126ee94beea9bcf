import { once } from "node:events";
import http from "node:http";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { clusterHost } from "../../../src/planes/cluster-host.ts";
import { type SupervisorProblem, programHash } from "../../../src/planes/supervisor-process.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

/** A supervisor that runs and does not start clusters, for one reason. It may take its time to say how it is. */
const failingSupervisor = async (
  problem: SupervisorProblem,
  { busyMs = 0 }: { readonly busyMs?: number } = {},
): Promise<ReturnType<typeof clusterHost>> => {
  const dir = temporaryFolder();
  const socket = path.join(dir, "s.sock");
  const status = { platformId: "id", program: await programHash(), clusters: ["shop"] };
  const server = http.createServer((request, response) => {
    if (request.url !== "/status") response.end(JSON.stringify(problem));
    else setTimeout(() => response.end(JSON.stringify(status)), busyMs);
  });
  server.listen(socket);
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const files = {
    socket,
    settings: path.join(dir, "s.json"),
    log: path.join(dir, "s.log"),
    pid: path.join(dir, "pid"),
  };
  const settings = (): never => {
    throw new Error("nothing has to be started");
  };
  return clusterHost({ files, platformId: "id", settings });
};

const context = { signal: new AbortController().signal, progress: () => undefined, retain: false };

test("what keeps a cluster from starting reaches the user with its code and its fix", async () => {
  const problem = { problem: "127.0.0.1:8443 is taken", code: "E_PORT_TAKEN", why: "needed", fix: "stop it" } as const;
  const host = await failingSupervisor(problem);
  await expect(host.start("shop", context)).rejects.toMatchObject({
    code: "E_PORT_TAKEN",
    message: "127.0.0.1:8443 is taken",
    why: "needed",
    fix: "stop it",
  });
});

test("a failure without a way out leads to the log", async () => {
  const host = await failingSupervisor({ problem: "something broke" });
  await expect(host.start("shop", context)).rejects.toMatchObject({
    code: "E_CLUSTER_CREATE",
    why: "something broke",
    fix: expect.stringContaining("s.log"),
  });
});

test("a supervisor that is busy for seconds runs all the same", async () => {
  const host = await failingSupervisor({ problem: "" }, { busyMs: 3500 });
  expect(await host.running()).toEqual(["shop"]);
});
