import http from "node:http";
import type { Duplex } from "node:stream";
import { messageOf } from "../../../../lib/errors.ts";
import { reset } from "../couple.ts";
import { isNoEndpoints } from "../dial.ts";
import type { Plan } from "./decide.ts";
import { valuesOf } from "./fields.ts";
import type { ClientRequest } from "./request.ts";
import { type ClientResponse, breakOff, isHttp2, relay, respond } from "./respond.ts";

export type DialService = (namespace: string, name: string, port: number) => Promise<Duplex>;

export interface Exchange {
  readonly plan: Plan;
  readonly request: ClientRequest;
  readonly response: ClientResponse;
  readonly dial: DialService;
  /** The client sends the body only when it is told to. */
  readonly awaitsContinue: boolean;
}

const MAX_RESPONSE_HEADERS = 64 * 1024;

/**
 * Carries a request to its backend and the answer back. Each request has a connection of its own: endpoints take turns,
 * and none is asked by an old connection that it has closed.
 */
export const forward = (exchange: Exchange): void => {
  const { plan, request, response } = exchange;
  let upstream: http.ClientRequest | undefined;
  const timer =
    plan.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          const seconds = (plan.timeoutMs ?? 0) / 1000;
          respond(response, 504, `route ${plan.route}: no whole answer within ${seconds} s`);
          upstream?.destroy();
        }, plan.timeoutMs);
  let over = false;
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  response.once("close", () => {
    over = true;
    clearTimeout(timer);
    if (upstream !== undefined) request.unpipe(upstream);
    upstream?.destroy();
    // What is left of a body that the backend did not want.
    request.resume();
  });

  const attempt = async (isLast: boolean): Promise<void> => {
    const connection = await connect(exchange);
    if (connection === undefined) return;
    if (over) {
      reset(connection);
      return;
    }
    const sent = send(exchange, connection);
    upstream = sent;
    sent.once("error", (error) => {
      connection.destroy();
      if (over) return;
      if (response.headersSent) breakOff(response);
      else if (!isLast) void attempt(true);
      else respond(response, 502, `route ${plan.route}: ${nameOf(plan)} broke off: ${messageOf(error)}`);
    });
  };
  // A connection that broke before any answer proves nothing of a request without effects: an endpoint on its way out.
  const isRepeatable = !plan.hasBody && (plan.method === "GET" || plan.method === "HEAD" || plan.method === "OPTIONS");
  attempt(!isRepeatable).catch((error: unknown) => {
    respond(response, 502, `route ${plan.route}: ${messageOf(error)}`);
  });
};

const connect = async ({ plan, response, dial }: Exchange): Promise<Duplex | undefined> => {
  const { namespace, name, port } = plan.service;
  try {
    return await dial(namespace, name, port);
  } catch (error) {
    if (!response.headersSent) answerDialFailure(response, plan, error);
    return undefined;
  }
};

export const answerDialFailure = (response: ClientResponse, plan: Plan, error: unknown): void => {
  if (isNoEndpoints(error)) respond(response, 503, `route ${plan.route}: ${nameOf(plan)} has no ready endpoints`);
  else respond(response, 502, `route ${plan.route}: ${nameOf(plan)} cannot be reached: ${messageOf(error)}`);
};

export const nameOf = ({ service: { namespace, name, port } }: Plan): string => `service ${namespace}/${name}:${port}`;

const send = ({ plan, request, response, awaitsContinue }: Exchange, connection: Duplex): http.ClientRequest => {
  const hasLength = valuesOf(plan.fields, "content-length").length > 0;
  const framing: readonly string[] = hasLength
    ? []
    : plan.hasBody
      ? ["Transfer-Encoding", "chunked"]
      : ["POST", "PUT", "PATCH"].includes(plan.method)
        ? ["Content-Length", "0"]
        : [];
  const sent = http.request({
    createConnection: () => connection,
    method: plan.method,
    path: plan.target,
    setHost: false,
    maxHeaderSize: MAX_RESPONSE_HEADERS,
    headers: [
      ...plan.fields.flat(),
      ...framing,
      "Connection",
      "close",
      ...(awaitsContinue ? ["Expect", "100-continue"] : []),
    ],
  });
  let continued = !awaitsContinue;
  sent.once("continue", () => {
    continued = true;
    response.writeContinue();
  });
  sent.once("response", (answer) => {
    // The client may or may not send the body now: nobody can tell it from the next request.
    if (!continued && !isHttp2(response)) response.setHeader("connection", "close");
    try {
      relay(answer, response, (fields) => plan.response(fields));
    } catch (error) {
      sent.destroy(error as Error);
    }
  });
  if (plan.hasBody) request.pipe(sent);
  else sent.end();
  sent.flushHeaders();
  return sent;
};
