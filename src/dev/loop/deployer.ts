import type { BuildDaemon } from "../build/direct.ts";
import type { RegistryClient } from "../../docker/registry-client.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { type Classification, classify } from "../classify.ts";
import type { Fed, FeedOptions } from "../sync/fed.ts";
import { resumeImageFeed } from "../sync/feed-image.ts";
import { enterProcessFeed } from "../sync/feed-process.ts";
import { leaveFeed } from "../sync/leave.ts";
import { digestCache } from "../watch/digest-cache.ts";
import { buildAndFeed } from "./build.ts";
import { type Outcome, stopwatch } from "./outcome.ts";
import { profileOf } from "./profile.ts";
import { findDeployment, rebuild } from "./rebuild.ts";
import { restart } from "./restart.ts";
import type { SessionOptions } from "./session.ts";
import type { DevTarget } from "./targets.ts";

export interface DeployerOptions {
  readonly control: KubeClient;
  readonly plane: (name: string) => Promise<KubeClient>;
  /** Undefined: the pods are processes that run from the folders, and there are no images. */
  readonly registry: RegistryClient | undefined;
  /** The BuildKit of the build plane; undefined where there is none. */
  readonly daemon: () => Promise<BuildDaemon | undefined>;
  /** Folder of the platform's builds. */
  readonly builds: string;
  /** The host's side of the folder that data nodes mount; undefined: every change is built. */
  readonly syncDir: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Deployer {
  readonly deploy: SessionOptions["deploy"];
  /** Ends the dev mode of what was fed; what is to be said of it, by component. */
  leave(): Promise<readonly { readonly component: string; readonly message: string }[]>;
}

/** How a change gets to where a component runs: by a start of its program, as files into its pods, or as an image. */
export const createDeployer = (options: DeployerOptions): Deployer => {
  const cache = digestCache();
  const fed = new Map<string, Fed>();
  return {
    deploy: async (target, decision) => {
      if (decision?.action === "ignore") return nothing(decision.changes[0]?.reason ?? "it is not part of what runs");
      if (decision?.action === "apply") return nothing("manifests are applied by choreo-dev apply");
      const plane = await options.plane(target.dataPlane);
      const { registry, syncDir: dir } = options;
      const daemon = await options.daemon();
      if (registry !== undefined && dir === undefined)
        return (await rebuild({ ...options, registry, daemon, target })).outcome;
      const work = { options: { ...options, plane, dir: dir ?? "", cache }, fed, registry, daemon };
      return (await save(target, decision, work)) ?? replace(target, decision, work);
    },
    leave: () => leaveFeed(fed, options),
  };
};

const nothing = (message: string): Outcome => ({ path: "nothing", state: "ready", phases: [], message });

interface Work {
  readonly options: FeedOptions;
  readonly registry: RegistryClient | undefined;
  readonly daemon: BuildDaemon | undefined;
  readonly fed: Map<string, Fed>;
}

/** Gives a change to pods that are fed. Undefined when there are none, or when it asks for more. */
const save = async (
  target: DevTarget,
  decision: Classification | undefined,
  { options, registry, fed }: Work,
): Promise<Outcome | undefined> => {
  const known = fed.get(target.name) ?? (registry === undefined ? undefined : await resume(target, options));
  if (known === undefined) return undefined;
  fed.set(target.name, known);
  const wanted = decision ?? (await catchUp(target, known));
  if (wanted === undefined) return nothing("it runs already");
  return wanted.action === "sync" || registry === undefined ? known.save(wanted) : undefined;
};

const resume = async (target: DevTarget, options: FeedOptions): Promise<Fed | undefined> => {
  const deployment = await findDeployment(options.control, target, options.signal);
  return deployment === undefined ? undefined : resumeImageFeed(target, deployment, options);
};

/** What was saved while no session ran. */
const catchUp = async (target: DevTarget, known: Fed): Promise<Classification | undefined> => {
  const paths = await known.behind();
  const changes = paths.map((path) => ({ path, kind: "written" as const }));
  const decision = classify({ changes, profile: await profileOf(target) });
  return decision.action === "ignore" ? undefined : decision;
};

/** New pods, which are fed from then on where that is possible. */
const replace = async (target: DevTarget, decision: Classification | undefined, work: Work): Promise<Outcome> => {
  work.fed.get(target.name)?.close();
  work.fed.delete(target.name);
  const { registry, daemon } = work;
  if (registry === undefined) return start(target, decision, work);
  const keep = (one: Fed): void => void work.fed.set(target.name, one);
  return buildAndFeed(target, { options: work.options, registry, daemon, keep });
};

const start = async (target: DevTarget, decision: Classification | undefined, work: Work): Promise<Outcome> => {
  const { options, fed } = work;
  const deployment = await findDeployment(options.control, target, options.signal);
  // Nothing says how it is run yet: a build reads that from the folder.
  if (deployment === undefined)
    return (await rebuild({ ...options, registry: undefined, daemon: undefined, target })).outcome;
  const watch = stopwatch();
  const entered = await enterProcessFeed(target, deployment, options);
  if (entered === undefined) return restart({ target, deployment, decision, options });
  fed.set(target.name, entered);
  // Before its pods are there nobody takes a save, and what they were started from may be older than it.
  const settled = await entered.settle();
  watch.lap("start");
  const missed = await catchUp(target, entered);
  if (missed !== undefined) return (await entered.save(missed)) ?? nothing("no pod of it runs");
  return { path: "restart", phases: watch.laps(), ...settled };
};
