import type { Log } from "../../controllers/context.ts";
import type { ServedCertificate } from "./certificates.ts";
import { type Access, createDoor, type Door } from "./door.ts";
import type { DialService } from "./forward.ts";
import type { ListenAddress } from "./gateway.ts";
import type { Model, ServedListener } from "./model.ts";

export interface DoorsOptions {
  readonly listen: Readonly<Record<string, ListenAddress>>;
  readonly dialService: DialService;
  readonly log: Log;
  readonly onAccess?: ((access: Access & { readonly gateway: string }) => void) | undefined;
  /** What a gateway serves now. */
  readonly listeners: (gateway: string) => readonly ServedListener[];
}

/** The listening ports of all gateways. */
export interface Doors {
  /** Opens and closes ports so that they are those of the model; true when a port's problem came or went. */
  sync(model: Model): Promise<boolean>;
  addressOf(gateway: string, port?: number): ListenAddress | undefined;
  /** Why a port is not open. */
  problemOf(gateway: string, port: number): string | undefined;
  /** Whether a port that is wanted is not open. */
  hasProblem(): boolean;
  closeAll(): void;
}

interface Wanted {
  readonly gateway: string;
  readonly port: number;
  readonly tls: boolean;
  readonly first: boolean;
}

interface Open extends Wanted {
  readonly door: Door;
  readonly at: ListenAddress;
}

export const createDoors = (options: DoorsOptions): Doors => {
  const open = new Map<string, Open>();
  /** Closed ones may still have requests in flight. */
  const all = new Set<Door>();
  const problems = new Map<string, string>();
  const openOne = async (key: string, wanted: Wanted): Promise<boolean> => {
    const { gateway, port, tls } = wanted;
    const place = placeOf(options.listen, wanted);
    const { onAccess, dialService: dial } = options;
    const door = createDoor({
      tls,
      dial,
      listeners: () => options.listeners(gateway).filter(({ model }) => model.usable && model.spec.port === port),
      onAccess: onAccess && ((access) => onAccess({ ...access, gateway })),
    });
    const before = problems.get(problemKey(gateway, port));
    try {
      const { address, port: actual } = await door.listen(place.address, place.port);
      open.set(key, { ...wanted, door, at: { address, port: actual } });
      all.add(door);
      return problems.delete(problemKey(gateway, port));
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      const problem = `cannot listen on ${place.address}:${place.port}: ${code}`;
      problems.set(problemKey(gateway, port), problem);
      if (problem !== before) options.log("warn", `gateway ${gateway}: ${problem}`);
      return problem !== before;
    }
  };
  const ofGateway = (gateway: string, port: number | undefined): Open | undefined =>
    [...open.values()].find((one) => one.gateway === gateway && (port === undefined ? one.first : one.port === port));
  return {
    sync: async (model) => {
      const wanted = wantedDoors(model);
      for (const [key, { door }] of open) {
        if (wanted.has(key)) continue;
        open.delete(key);
        void door.close().then(() => all.delete(door));
      }
      const ports = new Set([...wanted.values()].map(({ gateway, port }) => problemKey(gateway, port)));
      for (const key of problems.keys()) if (!ports.has(key)) problems.delete(key);
      const missing = [...wanted].filter(([key]) => !open.has(key));
      const changed = await Promise.all(missing.map(([key, one]) => openOne(key, one)));
      for (const { gateway, port, door } of open.values()) {
        const certificate = defaultCertificate(model.gateways.get(gateway)?.listeners ?? [], port);
        if (certificate !== undefined) door.present(certificate);
      }
      return changed.includes(true);
    },
    addressOf: (gateway, port) => ofGateway(gateway, port)?.at,
    hasProblem: () => problems.size > 0,
    problemOf: (gateway, port) => problems.get(problemKey(gateway, port)),
    closeAll: () => {
      for (const { door } of open.values()) void door.close();
      for (const door of all) door.destroy();
      open.clear();
      all.clear();
    },
  };
};

/** That of the listener for all hosts, else of the first. */
const defaultCertificate = (listeners: readonly ServedListener[], port: number): ServedCertificate | undefined => {
  const usable = listeners.filter(({ model }) => model.usable && model.spec.port === port);
  return (usable.find(({ hostname }) => hostname === undefined) ?? usable[0])?.model.certificates[0];
};

const problemKey = (gateway: string, port: number): string => `${gateway}:${port}`;

/** One for each port on which a usable listener is. */
const wantedDoors = (model: Model): Map<string, Wanted> => {
  const wanted = new Map<string, Wanted>();
  for (const [gateway, { listeners }] of model.gateways) {
    const firstPort = listeners.find(({ model: { usable } }) => usable)?.model.spec.port;
    for (const { model: listener } of listeners) {
      if (!listener.usable) continue;
      const { spec, tls } = listener;
      const one = { gateway, port: spec.port, tls, first: spec.port === firstPort };
      wanted.set(`${gateway}:${spec.port}${tls ? "/tls" : ""}`, one);
    }
  }
  return wanted;
};

const placeOf = (listen: DoorsOptions["listen"], { gateway, port, first }: Wanted): ListenAddress => {
  const own = Object.hasOwn(listen, gateway) ? listen[gateway] : undefined;
  const exact = `${gateway}:${port}`;
  const given = Object.hasOwn(listen, exact) ? listen[exact] : first ? own : undefined;
  return given ?? { address: own?.address ?? "127.0.0.1", port: 0 };
};
