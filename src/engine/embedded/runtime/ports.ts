import { readFile, readdir, readlink } from "node:fs/promises";
import net from "node:net";
import type { Duplex } from "node:stream";
import { couple, reset } from "../network/couple.ts";
import { dialTcp } from "../network/dial.ts";
import { shared } from "./shared.ts";

/** How far the preloads move ports that this user may not listen on. */
const OFFSET = 20_000;

/** Knows where the ports of pods really are. */
export interface PortMap {
  /** Where a pod's program listens that wants this port. */
  placeOf(port: number): number;
  /** A port for a program that cannot be kept from taking it on all addresses. */
  free(): Promise<number>;
  /** Looks where a program listens and makes its port reachable at the pod's address. */
  settle(pod: PortOwner, wanted: WantedPort): Promise<PortState>;
  /** A port of a pod is somewhere else from now on. */
  place(uid: string, containerPort: number, target: { readonly address: string; readonly port: number }): void;
  /** Who has taken a port on all addresses, and what is open for a pod is forgotten. */
  release(uid: string): void;
  holder(port: number): string | undefined;
  dial(pod: PortOwner, port: number): Promise<Duplex>;
}

export interface PortOwner {
  readonly uid: string;
  readonly podIP: string;
  readonly pids: () => Promise<readonly number[]>;
}

export interface WantedPort {
  readonly containerPort: number;
  /** The value of PORT, when it is another one. */
  readonly given: number | undefined;
}

/** `isolated`: on the pod's own address. `relayed`: on a port of its own. `wildcard`: it has the port of the whole machine. */
export type PortState = "none" | "isolated" | "relayed" | "wildcard";

interface Relay {
  readonly server: net.Server | undefined;
  readonly target: { readonly address: string; readonly port: number };
}

export const createPortMap = (firstPort: number): PortMap => {
  const listeners = shared(readListeners);
  const holders = new Map<number, string>();
  const relays = new Map<string, Map<number, Relay>>();
  const placeOf = (port: number): number => (port < firstPort ? port + OFFSET : port);
  const open = async (pod: PortOwner, port: number, target: Relay["target"]): Promise<void> => {
    const own = relays.get(pod.uid) ?? new Map<number, Relay>();
    relays.set(pod.uid, own);
    if (own.has(port)) return;
    own.set(port, { server: undefined, target });
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      socket.on("error", () => undefined);
      dialTcp(target).then(
        (upstream) => couple(socket, upstream),
        () => reset(socket),
      );
    });
    const listening = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen({ host: pod.podIP, port: placeOf(port), exclusive: true }, () => resolve(true));
    });
    if (!listening) return;
    if (relays.get(pod.uid) === own) own.set(port, { server, target });
    else server.close();
  };
  return {
    placeOf,
    free: freePort,
    settle: async (pod, { containerPort, given }) => {
      const listening = await listeners();
      const at = (address: string, port: number): Listener | undefined =>
        listening.find((one) => one.address === address && one.port === port);
      if (at(pod.podIP, placeOf(containerPort)) !== undefined) return "isolated";
      if (given !== undefined) {
        const address = at(pod.podIP, given) === undefined ? "127.0.0.1" : pod.podIP;
        if (address === pod.podIP || at("*", given) !== undefined || at("127.0.0.1", given) !== undefined) {
          await open(pod, containerPort, { address, port: given });
          return "relayed";
        }
      }
      const wide = at("*", containerPort);
      if (wide === undefined || !(await owns(pod, wide.inode))) return "none";
      holders.set(containerPort, pod.uid);
      return "wildcard";
    },
    place: (uid, containerPort, target) => {
      const own = relays.get(uid) ?? new Map<number, Relay>();
      relays.set(uid, own.set(containerPort, { server: undefined, target }));
    },
    release: (uid) => {
      for (const { server } of relays.get(uid)?.values() ?? []) server?.close();
      relays.delete(uid);
      for (const [port, holder] of holders) if (holder === uid) holders.delete(port);
    },
    holder: (port) => holders.get(port),
    dial: async (pod, port) => {
      const relay = relays.get(pod.uid)?.get(port);
      if (relay !== undefined) return dialTcp(relay.target);
      const holder = holders.get(port);
      if (holder !== undefined && holder !== pod.uid) throw refused(pod.podIP, port);
      return dialTcp({ address: pod.podIP, port: placeOf(port) });
    },
  };
};

const refused = (address: string, port: number): Error =>
  Object.assign(new Error(`connect ECONNREFUSED ${address}:${port}`), { code: "ECONNREFUSED" });

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen({ port: 0, host: "0.0.0.0", exclusive: true }, () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });

interface Listener {
  /** Dotted, or `*` for all addresses. */
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const LISTEN = "0A";

const readListeners = async (): Promise<Listener[]> => {
  const texts = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => readFile(file, "utf8").catch(() => "")),
  );
  return texts.flatMap((text) =>
    text
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTEN)
      .map((fields) => {
        const [address = "", port = ""] = (fields[1] ?? "").split(":");
        return { address: addressOf(address), port: Number.parseInt(port, 16), inode: fields[9] ?? "" };
      }),
  );
};

/** Addresses are written in words of the machine's own byte order; a mapped IPv4 address has it in its last word. */
const addressOf = (hex: string): string => {
  if (/^0+$/.test(hex)) return "*";
  const mapped = hex.length === 8 || hex.slice(0, 24) === "0000000000000000FFFF0000";
  if (!mapped) return hex;
  const bytes = hex.slice(-8).match(/../g) ?? [];
  return bytes
    .map((byte) => Number.parseInt(byte, 16))
    .reverse()
    .join(".");
};

const owns = async (pod: PortOwner, inode: string): Promise<boolean> => {
  for (const pid of await pod.pids()) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => []))
      if ((await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")) === `socket:[${inode}]`) return true;
  }
  return false;
};
