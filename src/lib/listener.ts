import { readFile, readdir, readlink } from "node:fs/promises";

/** The process that listens on a TCP port of this machine; undefined where it cannot be told (other user, no /proc). */
export const listenerOf = async (port: number): Promise<{ pid: number; command: string } | undefined> => {
  const inodes = new Set(
    (await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((file) => listeningInodes(file, port)))).flat(),
  );
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const links = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const fd of links) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
      if (!inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? "-")) continue;
      const argv = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0").filter(Boolean);
      return { pid: Number(pid), command: argv.join(" ").slice(0, 60) };
    }
  }
  return undefined;
};

const listeningInodes = async (file: string, port: number): Promise<string[]> => {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n").slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) === true && fields[3] === "0A")
    .flatMap((fields) => fields[9] ?? []);
};
