import type { LoadedConfig } from "../config/load.ts";
import type { Platform } from "../config/model.ts";
import { contextName } from "../config/names.ts";
import { ChoreoError } from "../lib/errors.ts";
import { type ClusterSpec, layoutClusters } from "../plan/clusters.ts";
import type { Observed } from "../plan/observed.ts";
import type { CallContext, PlaneFacts, PlatformFacts } from "./api.ts";
import { observePlatform } from "./observe.ts";
import { openSession } from "./session.ts";

/** What is there of a platform, seen now. */
export const platformStatus = async (loaded: LoadedConfig, context: CallContext): Promise<PlatformFacts> => {
  const session = await openSession(loaded, context);
  try {
    const { platform } = session;
    if (!session.exists) {
      throw new ChoreoError("E_NO_PLATFORM", `There is no platform "${platform.name}"`, { fix: "choreo-dev up" });
    }
    const [observed, supervisor] = await Promise.all([
      observePlatform(session, {}, { recall: true }),
      session.supervisor.status(),
    ]);
    const now = new Date().toISOString();
    const planes = layoutClusters(platform).flatMap(({ name, planes: hosted }) =>
      hosted.map((plane) =>
        planeFacts(observed, { name, context: contextName(name, session.engine.name), platform }, plane, now),
      ),
    );
    const problems = problemsOf(observed, planes);
    return {
      name: platform.name,
      engine: session.engine.name,
      topology: platform.topology,
      ready: problems.length === 0 && planes.every(({ state }) => state === "ready"),
      supervisor,
      planes,
      problems,
    };
  } finally {
    session.close();
  }
};

const BUILD_ADDONS: readonly string[] = ["argo-workflows", "buildkit"];

const planeFacts = (
  observed: Observed,
  {
    name: cluster,
    context,
    platform,
  }: { readonly name: string; readonly context: string; readonly platform: Platform },
  plane: ClusterSpec["planes"][number],
  now: string,
): PlaneFacts => {
  const found = observed.clusters.find(({ name }) => name === cluster);
  // An addon of a colocated cluster is shown with the plane it is for.
  const addons = (observed.addons[cluster] ?? []).filter(({ name }) => isShownWith(plane, name, platform));
  const facts = { name: plane.name, role: plane.role, cluster, context, addons };
  if (found === undefined) return { ...facts, state: "missing", problem: "its cluster does not exist" };
  if (found.state === "stopped") return { ...facts, state: "stopped", problem: "it is stopped" };
  if (found.state === "half-made")
    return { ...facts, state: "not ready", problem: "an earlier up left its node half made" };
  const unreachable = observed.unreachable[cluster];
  if (unreachable !== undefined) return { ...facts, state: "unreachable", problem: unreachable };
  const problem = planeProblem(observed, plane, addons);
  return { ...facts, state: problem === undefined ? "ready" : "not ready", problem, lastSeen: now };
};

const isShownWith = (plane: ClusterSpec["planes"][number], addon: string, platform: Platform): boolean => {
  const own = platform.platformComponents.find(({ name }) => name === addon);
  if (own !== undefined) return plane.name === own.plane;
  return plane.role === (BUILD_ADDONS.includes(addon) ? "build" : "data");
};

const planeProblem = (
  observed: Observed,
  plane: ClusterSpec["planes"][number],
  addons: PlaneFacts["addons"],
): string | undefined => {
  const waiting = addons.find(({ ready }) => !ready);
  if (waiting !== undefined) return `${waiting.name} ${waiting.version} is not ready`;
  if (plane.role === "control")
    return observed.crdsHash === undefined ? "its resource definitions are not installed" : undefined;
  const registered = observed.registered[plane.name];
  if (registered === undefined) return "it is not registered";
  return registered.ready ? undefined : "the controller does not reach it";
};

const problemsOf = (observed: Observed, planes: readonly PlaneFacts[]): { message: string; next: string }[] => {
  const next = "choreo-dev up";
  const down = planes
    .filter(({ state }) => state !== "ready")
    .map(({ name, problem }) => ({ message: `plane ${name}: ${problem ?? "not ready"}`, next }));
  if (observed.controller === "down") down.push({ message: "the controller does not run", next });
  if (observed.controller === "outdated")
    down.push({ message: "the controller is starting, or was started by another version", next });
  if (observed.registry !== "ok") down.push({ message: `the registry is ${observed.registry}`, next });
  return down;
};
