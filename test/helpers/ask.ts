import https from "node:https";
import { text } from "node:stream/consumers";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** GET of a platform's URL: this machine is dialled, the name decides the certificate and the route. */
export const ask = (url: string, ca: string, host: string = new URL(url).hostname): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { port, pathname, search } = new URL(url);
    const request = https.get(
      {
        host: "127.0.0.1",
        port,
        path: pathname + search,
        ca,
        servername: host,
        headers: { host },
        agent: false,
        timeout: 10_000,
      },
      (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      },
    );
    request.on("timeout", () => request.destroy(new Error(`no answer from ${url} within 10 s`)));
    request.on("error", reject);
  });
