import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import { type SecureContext, createSecureContext } from "node:tls";
import type { Endpoint } from "../../../../../src/k8s/types.ts";
import type { Case, RequestStep, Step } from "./case.ts";
import { type Answer, normalize } from "./normalize.ts";

/** Sends the requests of a case and gives its normalised transcript. The namespace is there, and is the case's own. */
export const transcriptOf = async (endpoint: Endpoint, { steps }: Case, namespace: string): Promise<unknown> => {
  const watches = new Map<string, Watch>();
  const kept = new Map([["ns", namespace]]);
  const answers: Answer[] = [];
  try {
    for (const step of steps) answers.push(await take(endpoint, step, { watches, kept }));
  } finally {
    for (const { response } of watches.values()) response.destroy();
  }
  return normalize(answers, namespace);
};

interface Watch {
  readonly response: IncomingMessage;
  readonly lines: AsyncIterator<unknown>;
}

interface State {
  readonly watches: Map<string, Watch>;
  readonly kept: Map<string, string>;
}

const take = async (endpoint: Endpoint, step: Step, { watches, kept }: State): Promise<Answer> => {
  if ("open" in step) {
    const response = await send(endpoint, {
      path: filled(step.path, kept),
      ...(step.accept === undefined ? {} : { accept: step.accept }),
    });
    if (response.statusCode === 200) {
      watches.set(step.open, { response, lines: linesOf(response) });
      return { status: 200 };
    }
    return answerOf(response);
  }
  if ("events" in step) return { events: await eventsOf(watches.get(step.events), step.count) };
  const body = step.body === undefined || Buffer.isBuffer(step.body) ? step.body : filled(bodyText(step.body), kept);
  const answer = await answerOf(await send(endpoint, { ...step, path: filled(step.path, kept), body }));
  for (const [name, path] of Object.entries(step.keep ?? {})) kept.set(name, String(valueAt(answer.body, path)));
  return answer;
};

const bodyText = (body: unknown): string => (typeof body === "string" ? body : JSON.stringify(body));

const filled = (template: string, kept: ReadonlyMap<string, string>): string =>
  template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => kept.get(name) ?? whole);

const valueAt = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], value);

const contexts = new WeakMap<Endpoint, SecureContext>();

/** Read once for all requests to a server. */
const contextOf = (endpoint: Endpoint): SecureContext => {
  const { ca, clientCert, clientKey } = endpoint;
  const context =
    contexts.get(endpoint) ??
    createSecureContext({ ca, ...(clientCert === undefined ? {} : { cert: clientCert, key: clientKey }) });
  contexts.set(endpoint, context);
  return context;
};

const send = async (endpoint: Endpoint, step: RequestStep): Promise<IncomingMessage> => {
  const { server, token } = endpoint;
  const request = https.request(new URL(step.path, server), {
    // The types of https do not know it, though it is handed to tls.
    ...{ secureContext: contextOf(endpoint) },
    // A connection of its own: what one answer leaves on the wire never reaches the next.
    agent: false,
    method: step.method ?? "GET",
    headers: {
      accept: step.accept ?? "application/json",
      "user-agent": "differential/1",
      "content-length": step.body === undefined ? 0 : Buffer.byteLength(step.body as string | Buffer),
      ...(step.body === undefined ? {} : { "content-type": step.type ?? "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    timeout: 20_000,
  });
  request.end(step.body as string | Buffer | undefined);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
};

const answerOf = async (response: IncomingMessage): Promise<Answer> => {
  const body = await text(response);
  const type = (response.headers["content-type"] ?? "").split(";")[0] ?? "";
  const { warning } = response.headers;
  return {
    status: response.statusCode ?? 0,
    type,
    ...(warning === undefined ? {} : { warning }),
    body: type === "application/json" && body !== "" ? (JSON.parse(body) as unknown) : body,
  };
};

async function* linesOf(response: IncomingMessage): AsyncGenerator {
  response.setEncoding("utf8");
  let rest = "";
  for await (const chunk of response) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as unknown;
  }
}

const eventsOf = async (watch: Watch | undefined, count: number | "end"): Promise<unknown[]> => {
  const events: unknown[] = [];
  const most = count === "end" ? Number.POSITIVE_INFINITY : count;
  if (watch === undefined) return events;
  while (events.length < most) {
    const next = await watch.lines.next();
    if (next.done === true) break;
    // Bookmarks come when the server finds time, but for the one that ends the initial events.
    const { type, object } = next.value as { type: string; object: { metadata?: { annotations?: object } } };
    if (type !== "BOOKMARK" || object.metadata?.annotations !== undefined) events.push(next.value);
  }
  return events;
};
