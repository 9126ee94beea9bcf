import http, { type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { messageOf } from "../../../../lib/errors.ts";
import { couple, reset } from "../couple.ts";
import type { Plan } from "./decide.ts";
import { endToEnd, type Fields, fieldsOf, valuesOf } from "./fields.ts";
import { answerDialFailure, type DialService, nameOf } from "./forward.ts";
import { relay, respond } from "./respond.ts";

/** A request to change the protocol of its connection, as node hands it over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** Bytes of the new protocol that came with the request. */
  readonly head: Buffer;
}

/** The way to answer an upgrade with an ordinary response; the connection ends with it. */
export const responseOf = ({ request, socket }: Pick<Upgrade, "request" | "socket">): ServerResponse => {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Of a socket it uses what every duplex stream has.
  response.assignSocket(socket as Parameters<ServerResponse["assignSocket"]>[0]);
  response.once("finish", () => socket.end());
  return response;
};

/** Passes an upgrade on (WebSocket) and joins both connections when the backend agrees. */
export const forwardUpgrade = async (
  upgrade: Upgrade,
  response: ServerResponse,
  plan: Plan,
  dial: DialService,
): Promise<void> => {
  const { request, socket, head } = upgrade;
  const { namespace, name, port } = plan.service;
  let connection: Duplex;
  try {
    connection = await dial(namespace, name, port);
  } catch (error) {
    answerDialFailure(response, plan, error);
    return;
  }
  if (socket.destroyed) {
    reset(connection);
    return;
  }
  const protocol = valuesOf(fieldsOf(request.rawHeaders), "upgrade").join(", ");
  const sent = http.request({
    createConnection: () => connection,
    method: plan.method,
    path: plan.target,
    setHost: false,
    headers: [...plan.fields.flat(), "Connection", "Upgrade", "Upgrade", protocol],
  });
  const giveUp = (): void => void sent.destroy();
  socket.once("close", giveUp);
  const timer =
    plan.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          respond(response, 504, `route ${plan.route}: no answer within ${(plan.timeoutMs ?? 0) / 1000} s`);
          sent.destroy();
        }, plan.timeoutMs);
  sent.once("close", () => clearTimeout(timer));
  sent.once("upgrade", (answer, upstream: Duplex, upstreamHead: Buffer) => {
    clearTimeout(timer);
    socket.off("close", giveUp);
    response.statusCode = 101;
    response.detachSocket(socket as Parameters<ServerResponse["detachSocket"]>[0]);
    socket.write(headOf(answer, plan.response(endToEnd(fieldsOf(answer.rawHeaders)))));
    if (head.length > 0) socket.unshift(head);
    if (upstreamHead.length > 0) upstream.unshift(upstreamHead);
    couple(socket, upstream);
  });
  sent.once("response", (answer) => relay(answer, response, (fields) => plan.response(fields)));
  sent.once("error", (error) => {
    if (!socket.destroyed)
      respond(response, 502, `route ${plan.route}: ${nameOf(plan)} broke off: ${messageOf(error)}`);
  });
  sent.end();
};

const headOf = (answer: IncomingMessage, fields: Fields): string => {
  const own: Fields = [
    ["Connection", "Upgrade"],
    ["Upgrade", valuesOf(fieldsOf(answer.rawHeaders), "upgrade").join(", ")],
  ];
  const lines = [...own, ...fields].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 101 ${answer.statusMessage ?? "Switching Protocols"}\r\n${lines.join("")}\r\n`;
};
