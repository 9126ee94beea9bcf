import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { quoteWord } from "./quote.ts";

const run = promisify(execFile);

/** What this machine lets us do for a pod's processes. */
export interface Isolation {
  /** Command words that start a shell in a mount namespace of its own; undefined where that is not possible. */
  readonly mounts: MountNamespace | undefined;
  /** Whether each pod can have a loopback address of its own. */
  readonly addresses: boolean;
  /** Ports below this one cannot be listened on. */
  readonly firstPort: number;
}

export interface MountNamespace {
  readonly how: "root" | "user" | "mapped-root";
  /** Starts `sh SCRIPT` inside. */
  readonly enter: readonly string[];
  /** Put before the container's program: gives up what only the mounts needed. */
  readonly drop: readonly string[];
  /** Joins the namespaces of a running process, whose pid is appended. */
  readonly join: (pid: number) => readonly string[];
  /** Options of an overlay mount; undefined when there are no overlays. */
  readonly overlay: string | undefined;
}

/** The machine and the user do not change while a process lives, and trying takes three processes. */
let probed: Promise<MountNamespace | undefined> | undefined;

/** Finds out by trying. Takes some 30 ms, once. */
export const probeIsolation = async (dir: string, address: string): Promise<Isolation> => ({
  mounts: process.platform === "linux" ? await (probed ??= probeMounts(path.join(dir, "probe"))) : undefined,
  addresses: await canListen(address, 0),
  firstPort: (await canListen(address, 80)) ? 0 : 1024,
});

const CANDIDATES: readonly Omit<MountNamespace, "overlay">[] = [
  {
    how: "root",
    enter: ["unshare", "-m", "--propagation", "private"],
    drop: [],
    join: (pid) => ["nsenter", "-t", String(pid), "-m", "-r", "-w"],
  },
  {
    how: "user",
    enter: ["unshare", "-U", "-m", "-c", "--keep-caps", "--propagation", "private"],
    drop: ["setpriv", "--ambient-caps=-all", "--inh-caps=-all", "--"],
    join: (pid) => ["nsenter", "-t", String(pid), "-U", "-m", "-r", "-w", "--preserve-credentials"],
  },
  {
    how: "mapped-root",
    enter: ["unshare", "-U", "-r", "-m", "--propagation", "private"],
    drop: [],
    join: (pid) => ["nsenter", "-t", String(pid), "-U", "-m", "-r", "-w", "--preserve-credentials"],
  },
];

const probeMounts = async (dir: string): Promise<MountNamespace | undefined> => {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const place = quoteWord(dir);
  try {
    for (const candidate of CANDIDATES) {
      const tries = async (script: string): Promise<boolean> => {
        const [program, ...args] = [...candidate.enter, "sh", "-ec", script];
        return run(program ?? "sh", args, { timeout: 5000 }).then(
          () => true,
          () => false,
        );
      };
      const drop = candidate.drop.join(" ");
      if (!(await tries(`mount -t tmpfs tmpfs ${place}; mkdir ${place}/a; mount --bind ${place}/a /etc; ${drop} true`)))
        continue;
      for (const option of ["", ",userxattr"]) {
        const overlay = `lowerdir=/etc,upperdir=${place}/u,workdir=${place}/w${option}`;
        const script = `mount -t tmpfs tmpfs ${place}; mkdir ${place}/u ${place}/w; mount -t overlay overlay -o ${overlay} /etc; mkdir /etc/x`;
        if (await tries(script)) return { ...candidate, overlay: option };
      }
      return { ...candidate, overlay: undefined };
    }
    return undefined;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
};

const canListen = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = net.createServer();
    // In use is not forbidden.
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EADDRINUSE"));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
