import type { KubeClient, WatchEvent } from "../../../src/k8s/client.ts";
import { KubeError } from "../../../src/k8s/errors.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { type Watch, broken, configMap, createScriptedClient, silent } from "./scripted-client.ts";

export interface FickleServer {
  readonly client: KubeClient;
  /** What is there now. */
  objects(): AnyObject[];
  cutsLeft(): number;
  /** How often everything was listed. */
  relists(): number;
}

/** A server whose objects change all the time and that cuts watches in every way there is, then behaves. */
export const createFickleServer = (seed: number, cuts: number): FickleServer => {
  const random = createRandom(seed);
  const scripted = createScriptedClient();
  const live = new Map<string, AnyObject>();
  const log: Extract<WatchEvent, { type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" }>[] = [];
  let version = 10;
  let forgotten = 0;
  const change = (): void => {
    const name = `object-${Math.floor(random() * 12)}`;
    const before = live.get(name);
    const next = configMap(name, String(++version), { uid: before?.metadata.uid ?? `uid-${version}` });
    const removed = before !== undefined && random() < 0.4;
    if (removed) live.delete(name);
    else live.set(name, next);
    log.push({ type: removed ? "DELETED" : before === undefined ? "ADDED" : "MODIFIED", object: next });
  };
  const watch: Watch = async function* (options) {
    if (Number(options.resourceVersion) < forgotten) {
      if (random() < 0.5) throw new KubeError("too old", { status: 410, reason: "Expired" });
      yield { type: "ERROR", object: { code: 410, reason: "Expired" } };
      return;
    }
    const cutAfter = cuts > 0 ? Math.floor(random() * 6) : Infinity;
    const missed = log.filter(
      ({ object }) => Number(object.metadata.resourceVersion) > Number(options.resourceVersion),
    );
    yield* missed.slice(0, cutAfter);
    if (cuts <= 0) return yield* silent(options);
    cuts--;
    const kind = random();
    if (missed.length <= cutAfter && kind < 0.3) yield { type: "BOOKMARK", object: configMap("", String(version)) };
    for (let changes = Math.floor(random() * 4); changes > 0; changes--) change();
    if (kind > 0.8) forgotten = version;
    if (kind > 0.6 && kind < 0.7) throw new KubeError("busy", { status: 500, reason: "InternalError" });
    if (kind > 0.4) throw broken();
  };
  scripted.list = () => {
    const items = [...live.values()];
    const resourceVersion = String(version);
    change();
    return { items, resourceVersion };
  };
  scripted.watches.push(...Array.from({ length: 10 * cuts }, () => watch));
  return {
    client: scripted.client,
    objects: () => [...live.values()],
    cutsLeft: () => cuts,
    relists: () => scripted.calls.filter((call) => call === "list").length,
  };
};

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
const createRandom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};
