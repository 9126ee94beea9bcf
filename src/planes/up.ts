import path from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import { writeFileAtomic } from "../lib/fs.ts";
import { ChoreoError } from "../lib/errors.ts";
import { killLeftChildren } from "../lib/children.ts";
import { hostRoutes } from "../docker/routes.ts";
import { takenSubnets } from "../docker/network.ts";
import { chooseNodeImage, publishedNodeImage } from "../engine/kind/node-image.ts";
import type { Finding } from "../engine/engine.ts";
import { planUp } from "../plan/build.ts";
import { NO_NODE_SETTINGS } from "../engine/embedded/engine.ts";
import { type ClusterSpec, embeddedSpec, layoutClusters, specifyClusters } from "../plan/clusters.ts";
import type { Observed } from "../plan/observed.ts";
import type { Plan } from "../plan/step.ts";
import { allocateBlock } from "../plan/subnets.ts";
import { openJournal } from "../run/journal.ts";
import { runPlan } from "../run/runner.ts";
import { traceOf } from "../run/trace.ts";
import type { Emit } from "../run/events.ts";
import { acquireLock } from "../state/lock.ts";
import type { PlanInput, UpInput, UpReport } from "./api.ts";
import { admitted } from "./admission.ts";
import { createExecutor } from "./execute.ts";
import { NODE_PREFIX } from "./make-network.ts";
import { chooseGatewayPorts, freeFor } from "./gateway-ports.ts";
import type { DockerGround } from "./ground.ts";
import { recordPlatform } from "./ground-embedded.ts";
import { lend } from "./lend.ts";
import { finishStop } from "./finish-stop.ts";
import { summarize } from "./urls.ts";
import { interruption } from "./interrupted.ts";
import { repairFindings } from "./repair.ts";
import { ensureReaper } from "./reaper-process.ts";
import { observePlatform } from "./observe.ts";
import { type Session, openSession } from "./session.ts";
import { settingsHash } from "./supervisor-process.ts";
import { type WantedSets, wantedOf } from "./wanted.ts";

const LOCK_WAIT_MS = 10 * 60_000;

/** Makes the platform as its configuration wants it. A second call finds nothing to do. */
export const upPlatform = async (input: UpInput): Promise<UpReport> => {
  const { loaded, signal } = input;
  const began = performance.now();
  const first = await openSession(loaded, input, { addons: true, bundle: input.bundle });
  if (input.lease !== undefined) await ensureReaper(input.env);
  await using lock = await acquireLock(first.places.lock, { purpose: "up", waitMs: LOCK_WAIT_MS, signal });
  await killLeftChildren(first.places.children);
  await finishStop(first, lock);
  // Somebody else may have made or removed the platform while the lock was waited for.
  const opened = await openSession(await repaired(first, input), input, { addons: true, bundle: input.bundle });
  const session = await lend(opened, input.lease);
  const emit = recorded(session, input.emit);
  try {
    emit({
      type: "platform",
      name: session.platform.name,
      version: await version(),
      config: session.platform.file ?? "defaults",
      engine: session.engine.name,
      engineReason: session.reason,
    });
    const made = await makePlan(session, input.recreate);
    const { nodeImage } = made;
    refuse(made.plan, await session.engine.preflight(session.platform, nodeImage?.image));
    emit({ type: "plan", steps: made.plan.steps });
    const boots = made.plan.steps.some(({ kind, change }) => kind === "cluster" && change !== "in-place");
    if (boots && nodeImage !== undefined)
      emit({ type: "notice", level: "info", message: `node image ${nodeImage.image} (${nodeImage.why})` });
    if (session.docker === undefined) await recordPlatform(session.places, session.platform, session.identity);
    await using _place = boots && session.docker === undefined ? await admittedTo(session, input) : undefined;
    const { steps } = made.plan;
    const execute = createExecutor({ ...made, session, steps, retain: input.retain });
    const limits = { cluster: await parallelBoots(session) };
    const report = await runPlan(steps, { execute, emit, signal, limits }).catch(async (error: unknown) => {
      if (!signal.aborted) throw error;
      throw interruption(await session.engine.observe({ recall: true }), error);
    });
    const trace = steps.length === 0 ? undefined : session.places.trace;
    if (trace !== undefined) await writeFileAtomic(trace, traceOf(session.platform.name, report.times));
    const ms = performance.now() - began;
    emit({
      type: "done",
      ms,
      steps: steps.length,
      criticalPath: report.criticalPath,
      ...(await summarize(session)),
    });
    return { platform: session.platform.name, engine: session.engine.name, ms, steps: steps.length, trace };
  } finally {
    session.close();
    first.close();
  }
};

/** A platform in this process is there already, memory and all. */
const admittedTo = (session: Session, { supervisor, signal }: UpInput): Promise<AsyncDisposable> | undefined =>
  supervisor === undefined ? admitted(path.join(session.roots.runtime, "boots"), { signal }) : undefined;

/** The configuration after what `--fix` may repair was repaired. */
const repaired = async (session: Session, { loaded, fix, signal, emit }: UpInput): Promise<LoadedConfig> => {
  if (!fix) return loaded;
  const result = await repairFindings(loaded, await session.engine.preflight(session.platform), signal);
  for (const message of result.done) emit({ type: "notice", level: "info", message });
  return result.loaded;
};

/** What `up` would do, without doing anything. */
export const planPlatform = async (input: PlanInput): Promise<Plan> => {
  const session = await openSession(input.loaded, input, { addons: true, bundle: input.bundle });
  try {
    return (await makePlan(session, input.recreate)).plan;
  } finally {
    session.close();
  }
};

interface MadePlan {
  readonly plan: Plan;
  readonly clusters: readonly ClusterSpec[];
  readonly wanted: WantedSets;
  readonly gatewayPorts: Readonly<Record<string, number>>;
  /** Of the nodes' network; undefined without nodes. */
  readonly nodeSubnet: string | undefined;
  readonly nodeImage: ChosenImage | undefined;
}

interface ChosenImage {
  readonly image: string;
  readonly why: string;
}

const makePlan = async (session: Session, recreate: readonly string[]): Promise<MadePlan> => {
  const { platform } = session;
  checkRecreate(session, recreate);
  const sets = await wantedOf(platform, session.catalog);
  const observed: Observed = await observePlatform(session, sets.images);
  const gatewayPorts = await chooseGatewayPorts(platform, observed.clusters, freeFor(session));
  const { nodes, ...specified } = await specify(session, observed, gatewayPorts);
  const wanted = { ...sets, nodes, controllerSettings: settingsHash({ gatewayPorts, secrets: platform.secrets }) };
  const plan = planUp({ platform, clusters: specified.clusters, wanted, observed, recreate });
  return { plan, wanted, gatewayPorts, ...specified };
};

type Specified = Pick<MadePlan, "clusters" | "nodeSubnet" | "nodeImage"> & Pick<WantedSets, "nodes">;

const specify = async (
  session: Session,
  observed: Observed,
  gatewayPorts: Readonly<Record<string, number>>,
): Promise<Specified> => {
  const { platform } = session;
  if (session.docker === undefined) {
    const clusters = layoutClusters(platform).map((layout) => embeddedSpec(platform, layout, gatewayPorts));
    return { clusters, nodes: NO_NODE_SETTINGS, nodeSubnet: undefined, nodeImage: undefined };
  }
  const ground = session.docker;
  const { network, docker } = ground;
  const [nodeImage, nodes, ...used] = await Promise.all([
    pickNodeImage(session, session.docker),
    ground.nodeSettings(),
    takenSubnets(docker),
    hostRoutes(),
  ]);
  const taken = used.flat();
  // The nodes' own network is chosen with the others, so that no cluster takes it for its pods.
  const nodeSubnet = network?.subnet ?? allocateBlock(platform.network.pool, NODE_PREFIX, taken);
  const clusters = specifyClusters(platform, {
    nodeImage: nodeImage.image,
    observed: observed.clusters,
    taken: [...taken, nodeSubnet],
    gatewayPorts,
  });
  return { clusters, nodes, nodeSubnet, nodeImage };
};

const checkRecreate = ({ platform }: Session, recreate: readonly string[]): void => {
  const known = ["control", "build", ...platform.planes.data.map(({ name }) => name)];
  const unknown = recreate.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new ChoreoError("E_USAGE", `--recreate ${unknown.join(", ")}: there is no such plane`, {
    fix: `planes are ${known.join(", ")}`,
  });
};

const pickNodeImage = async (session: Session, { docker, bundle }: DockerGround): Promise<ChosenImage> => {
  const { platform } = session;
  const [images, { CgroupVersion: cgroup }] = await Promise.all([
    docker.listImages({ filters: { reference: ["kindest/node"] } }),
    docker.info() as Promise<{ CgroupVersion?: string }>,
  ]);
  const local = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  const facts = { configured: platform.kubernetes.nodeImage, bundle: bundle?.images ?? [], local, cgroup };
  if (facts.configured !== undefined || [...facts.bundle, ...local].some((image) => image.includes("kindest/node:"))) {
    return chooseNodeImage({ ...facts, published: undefined });
  }
  return chooseNodeImage({ ...facts, published: await publishedNodeImage((await session.tool("kind")).path) });
};

/** Refusals of the plan and of the machine end `up` before anything is touched, all of them together. */
const refuse = (plan: Plan, findings: readonly Finding[]): void => {
  const [refusal] = plan.refusals;
  if (refusal !== undefined) {
    throw new ChoreoError("E_CHANGE_REFUSED", `${refusal.field}: ${refusal.reason}`, {
      fix: refusal.fix,
      evidence: plan.refusals.slice(1).map((one) => `${one.field}: ${one.reason}; ${one.fix}`),
    });
  }
  // On a platform that stands, the machine has proved itself.
  const refused = plan.steps.some(({ kind }) => kind === "cluster")
    ? findings.filter(({ level }) => level === "refuse")
    : [];
  const [finding] = refused;
  if (finding === undefined) return;
  throw new ChoreoError(finding.code ?? "E_ENGINE_UNSUPPORTED", finding.message, {
    ...(finding.why === undefined ? {} : { why: finding.why }),
    ...(finding.fix === undefined ? {} : { fix: finding.fix }),
    evidence: refused.slice(1).map((one) => `${one.message}; ${one.fix ?? ""}`),
  });
};

const recorded = (session: Session, emit: Emit): Emit => {
  const journal = openJournal(session.places.journal);
  return (event) => {
    journal({ at: Date.now(), ...event });
    emit(event);
  };
};

/** A node that boots keeps one core busy; more at once would only miss kind's fixed deadlines. */
const parallelBoots = async ({ docker }: Session): Promise<number> => {
  if (docker === undefined) return Infinity;
  const { NCPU } = (await docker.docker.info()) as { NCPU: number };
  return Math.max(1, NCPU);
};

const version = async (): Promise<string> => {
  const { readFile } = await import("node:fs/promises");
  const { packageRoot } = await import("../lib/package-root.ts");
  return (JSON.parse(await readFile(`${packageRoot()}/package.json`, "utf8")) as { version: string }).version;
};
