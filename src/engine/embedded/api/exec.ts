import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { AnyObject } from "../../../k8s/types.ts";
import { authorize } from "../auth/authorize.ts";
import type { Upgrades } from "../http/upgrade.ts";
import type { Core } from "./core.ts";
import type { ExecSession } from "./kubelet.ts";
import { pathParts, resourcePath } from "./path.ts";
import { containerOf, kubeletOf } from "./pod-subresources.ts";
import { isTrue } from "./query.ts";
import { StatusError, badRequest, notFound, unknownResource } from "./status.ts";
import { keyOf, objectOf } from "./stored.ts";

/** Protocols of kubectl and its likes, best first: the newer one can say that stdin has ended. */
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;
const CLOSE = 255;

/** `pods/NAME/exec` over a WebSocket: each message begins with the number of its stream. */
export const kubeletUpgrades = (core: Core): Upgrades => {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1024 * 1024,
    handleProtocols: (offered) => PROTOCOLS.find((one) => offered.has(one)) ?? false,
  });
  return async (request, { incoming, socket, head }) => {
    const path = resourcePath(pathParts(request.path) ?? []);
    if (path?.resource !== "pods" || path.subresource !== "exec" || path.name === undefined) throw unknownResource();
    const { namespace = "", name } = path;
    authorize(core, request.user, {
      verb: "create",
      group: "",
      resource: "pods",
      subresource: "exec",
      namespace,
      name,
    });
    const entry = core.store.get(keyOf({ group: "", resource: "pods" }, namespace, name));
    if (entry === undefined) throw notFound({ group: "", resource: "pods" }, name);
    if (!PROTOCOLS.some((one) => (incoming.headers["sec-websocket-protocol"] ?? "").includes(one)))
      throw badRequest(`unable to upgrade: this server takes ${PROTOCOLS.join(" and ")}`);
    const session = await kubeletOf(core).exec({ namespace, name }, execOptions(objectOf(entry), request.query));
    sockets.handleUpgrade(incoming, socket, head, (client) => couple(client, session));
  };
};

const execOptions = (pod: AnyObject, query: URLSearchParams): Parameters<ReturnType<typeof kubeletOf>["exec"]>[1] => {
  const command = query.getAll("command");
  if (command.length === 0) throw badRequest("you must specify at least 1 command for the container");
  return {
    container: containerOf(pod, query.get("container") ?? ""),
    command,
    stdin: isTrue(query.get("stdin")),
    tty: isTrue(query.get("tty")),
  };
};

const couple = (client: WebSocket, session: ExecSession): void => {
  const send = (channel: number, data: Buffer | string): void => {
    if (client.readyState === client.OPEN) client.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
  };
  session.stdout.on("data", (chunk: Buffer) => send(STDOUT, chunk));
  session.stderr?.on("data", (chunk: Buffer) => send(STDERR, chunk));
  client.on("message", (data: RawData) => receive(session, toBuffer(data)));
  client.on("close", () => session.kill());
  client.on("error", () => session.kill());
  session.exited.then(
    (code) => {
      send(ERROR, JSON.stringify(exitStatus(code)));
      client.close(1000);
    },
    (error: unknown) => {
      const status =
        error instanceof StatusError ? error.status : { metadata: {}, status: "Failure", message: String(error) };
      send(ERROR, JSON.stringify(status));
      client.close(1000);
    },
  );
};

const receive = (session: ExecSession, message: Buffer): void => {
  const data = message.subarray(1);
  if (message[0] === STDIN) session.stdin?.write(data);
  else if (message[0] === CLOSE && data[0] === STDIN) session.stdin?.end();
  else if (message[0] === RESIZE) {
    const { Width: width = 80, Height: height = 24 } = sizeOf(data);
    session.resize({ width, height });
  }
};

const sizeOf = (data: Buffer): { Width?: number; Height?: number } => {
  try {
    return JSON.parse(data.toString("utf8")) as { Width?: number; Height?: number };
  } catch {
    return {};
  }
};

const toBuffer = (data: RawData): Buffer =>
  Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);

const exitStatus = (code: number): object =>
  code === 0
    ? { metadata: {}, status: "Success" }
    : {
        metadata: {},
        status: "Failure",
        message: `command terminated with non-zero exit code: exit status ${code}`,
        reason: "NonZeroExitCode",
        details: { causes: [{ reason: "ExitCode", message: String(code) }] },
      };
