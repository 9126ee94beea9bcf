import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import type { Endpoint } from "../../../../../src/k8s/types.ts";

export interface Question {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string | undefined;
}

/** One request as any client may send it, which KubeClient does not. */
export const ask = async (
  { server, ca, token, clientCert, clientKey }: Endpoint,
  { method, path, body, type = "application/json" }: Question,
): Promise<{ status: number; body: unknown }> => {
  const request = https.request(new URL(path, server), {
    method,
    ca,
    agent: false,
    ...(clientCert === undefined ? {} : { cert: clientCert, key: clientKey }),
    headers: {
      "user-agent": "asking/1",
      "content-type": type,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)) as unknown };
};
