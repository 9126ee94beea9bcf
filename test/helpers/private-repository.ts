import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { initRepository } from "./git-repository.ts";

export interface PrivateRepository extends AsyncDisposable {
  readonly url: string;
  /** Requests that came with the right login. */
  served(): number;
}

/** Serves a folder as a Git repository that only a user with this password may read; what is in it is its only commit. */
export const servePrivately = async (
  folder: string,
  login: { readonly username: string; readonly password: string },
): Promise<PrivateRepository> => {
  const git = initRepository(folder);
  git("add", ".");
  git("commit", "-qm", "first");
  // Git's plain way of HTTP: files, and a list of what there is.
  git("update-server-info");
  const wanted = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  let served = 0;
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    if (request.headers.authorization !== wanted) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="private"' }).end();
      return;
    }
    served++;
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const content = await readFile(path.join(folder, ".git", path.posix.normalize(pathname))).catch(() => undefined);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  };
  const server = http.createServer((request, response) => void answer(request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    served: () => served,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
