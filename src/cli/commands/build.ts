import { nameOf } from "../../controller/hierarchy.ts";
import type { Build, Component, Deployment } from "../../crds/types.ts";
import { followBuild } from "../../dev/build/follow.ts";
import { followStepLogs } from "../../dev/build/step-logs.ts";
import { endDevMode } from "../../dev/sync/leave.ts";
import { submitBuild } from "../../dev/build/submit.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { parseDuration } from "../../lib/duration.ts";
import { ChoreoError, isChoreoError, messageOf } from "../../lib/errors.ts";
import { createTurns } from "../../lib/turns.ts";
import type { PlatformAccess } from "../../planes/api.ts";
import type { Context, Handler } from "../command.ts";
import type { BuildArgs, BuildWhat } from "../definitions/builds.ts";
import { buildPlane, withPlatform } from "../platform.ts";
import { formatDuration } from "../render/table.ts";
import { requireComponent } from "../../resources/components.ts";
import { publicUrls } from "../../resources/endpoints.ts";
import { waitForRollout } from "../../resources/rollout.ts";
import { listKind } from "../../resources/scope.ts";
import { deployAgain } from "../resources/deploy-again.ts";
import { deploymentsOf } from "../../resources/placement.ts";
import { requireTrack } from "../resources/tracks.ts";

/** Builds under way at a time: the planes share this machine. */
const AT_ONCE = 4;

/** Builds components by the build plane and, where their track says so, waits until what was built serves. */
export const run: Handler<BuildArgs & BuildWhat> = async (args, context) => {
  const timeoutMs = parseDuration(args.timeout);
  await withPlatform(args, context, async (platform) => {
    const control = await platform.control();
    const components = await componentsOf(control, args, context.signal);
    const width = components.length === 1 ? 0 : Math.max(...components.map((one) => nameOf(one).length));
    const inTurn = createTurns(AT_ONCE);
    const results = await Promise.allSettled(
      components.map((component) =>
        inTurn(() =>
          buildOne({ args, context, platform, control, component, timeoutMs, say: sayer(context, component, width) }),
        ),
      ),
    );
    const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    if (failures.length === 0) return;
    context.signal.throwIfAborted();
    if (components.length === 1) throw failures[0];
    throw new ChoreoError("E_BUILD", `${failures.length} of ${components.length} components were not built`, {
      evidence: failures.flatMap(evidenceOf),
      fix: "correct them and build again: what was built is not built twice",
    });
  });
};

/** The component that was named, or every one that has something to build. */
const componentsOf = async (
  control: KubeClient,
  args: BuildArgs & BuildWhat,
  signal: AbortSignal,
): Promise<readonly Component[]> => {
  if (args.component !== undefined)
    return [(await requireComponent(control, args.component, args, signal)) as unknown as Component];
  const { organization, project } = args;
  const all = await listKind(control, { kind: "Component" }, { organization, project }, signal);
  const found = (all as unknown as Component[]).filter(
    ({ spec: { source } }) => source?.local !== undefined || source?.gitRepository !== undefined,
  );
  if (found.length > 0) return found;
  throw new ChoreoError("E_NOT_FOUND", "No component has a source to build", {
    why: all.length === 0 ? "there are no components" : "none of them names source.local.path or source.gitRepository",
    fix: "choreo-dev init makes one from a folder; apply it, and build again",
  });
};

type Say = (text: string) => void;

/** Talk about one component; with its name where there are several. */
const sayer =
  ({ io }: Context, component: Component, width: number): Say =>
  (text) =>
    void io.stderr.write(`${width === 0 ? "" : `${nameOf(component).padEnd(width)}  `}${text}\n`);

interface Work {
  readonly args: BuildArgs;
  readonly context: Context;
  readonly platform: PlatformAccess;
  readonly control: KubeClient;
  readonly component: Component;
  readonly timeoutMs: number;
  readonly say: Say;
}

const buildOne = async (work: Work): Promise<void> => {
  const { args, context, platform, control, component, timeoutMs, say } = work;
  const { io, signal } = context;
  const track = await requireTrack(control, component, args.track, signal);
  const progress = (message: string): void => say(`source  ${message}`);
  const registry = await platform.registry();
  const { build, isNew } = await submitBuild({
    ...{ control, component, track, registry, builds: platform.builds },
    ...{ signal, progress },
  });
  const { name } = build.metadata;
  if (!isNew) say(`build   ${name} is of the same source`);
  if (args["no-wait"]) return void io.stdout.write(`build/${name}\n`);
  const ended = await follow(work, build, isNew);
  io.stdout.write(`build/${name}  ${ended.status?.imageStatus?.image ?? ""}\n`);
  if (!isNew && track.spec.autoDeploy === true)
    await deployAgain(control, { component, track, artifact: name }, signal);
  const deployed = await deployedBy(control, component, name, signal);
  await endDevMode(control, deployed, signal);
  if (track.spec.autoDeploy === true) {
    await waitForRollout(control, deployed, {
      timeoutMs,
      signal,
      progress: (message) => say(`waiting for ${message}`),
    });
    for (const url of await publicUrls(control, deployed, signal)) say(`serves  ${url}`);
  } else if (deployed.length === 0) say(`next    choreo-dev deploy ${nameOf(component)}`);
};

/** Waits for the end, with a line per step, and the steps' own lines where they are asked for. */
const follow = async (work: Work, build: Build, isNew: boolean): Promise<Build> => {
  const { args, context, platform, control, timeoutMs, say } = work;
  const { signal } = context;
  const onStep = (step: string, reason: string, ms: number): void => {
    if (reason !== "Progressing") say(`${step.padEnd(7)} ${reason.toLowerCase()}  ${formatDuration(ms)}`);
  };
  const ended = followBuild(control, build, { timeoutMs, signal, onStep: isNew ? onStep : () => undefined });
  if (args.follow) {
    const plane = await buildPlane(platform);
    const onLine = (step: string, line: string): void => say(`${step.padEnd(7)} | ${line}`);
    await followStepLogs(plane, build, { ended, signal, onLine });
  }
  return ended;
};

/** Deployments that run the artifact of a build. */
const deployedBy = async (
  control: KubeClient,
  component: Component,
  artifact: string,
  signal: AbortSignal,
): Promise<Deployment[]> =>
  (await deploymentsOf(control, component, signal)).filter(({ spec }) => spec.deploymentArtifactRef === artifact);

const evidenceOf = (failure: unknown): string[] => {
  if (!isChoreoError(failure)) return [messageOf(failure)];
  const { message, why, evidence } = failure;
  return [why === undefined ? message : `${message}: ${why}`, ...evidence.map((line) => `  ${line}`)];
};
