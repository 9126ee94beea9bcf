import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { initRepository } from "./git-repository.ts";
import { untilTrue } from "./until.ts";

export interface GitDaemon {
  readonly url: string;
  git(...args: string[]): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Serves a folder as a Git repository at an address of this machine; what is in it is its first commit. */
export const serveRepository = async (folder: string, address: string): Promise<GitDaemon> => {
  const git = initRepository(folder);
  git("add", ".");
  git("commit", "-qm", "first");
  const port = await freePort(address);
  const base = path.dirname(folder);
  const args = [
    "daemon",
    "--export-all",
    "--reuseaddr",
    `--base-path=${base}`,
    `--listen=${address}`,
    `--port=${port}`,
  ];
  // A group of its own: git leaves the listening to a child.
  const daemon = spawn("git", args, { stdio: "ignore", detached: true });
  const url = `git://${address}:${port}/${path.basename(folder)}`;
  await untilTrue("the Git server to answer", async () => {
    try {
      return (
        execFileSync("git", ["ls-remote", url], { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" }) || undefined
      );
    } catch {
      return undefined;
    }
  });
  return {
    url,
    git,
    [Symbol.asyncDispose]: async () => {
      const ended = once(daemon, "exit");
      process.kill(-(daemon.pid ?? 0), "SIGKILL");
      await ended;
    },
  };
};

const freePort = async (address: string): Promise<number> => {
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return port;
};
