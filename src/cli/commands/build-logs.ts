import { nameOf } from "../../controller/hierarchy.ts";
import { LABELS } from "../../crds/labels.ts";
import type { Build } from "../../crds/types.ts";
import { followBuild } from "../../dev/build/follow.ts";
import { followStepLogs, printStepLogs } from "../../dev/build/step-logs.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { ChoreoError } from "../../lib/errors.ts";
import type { PlatformAccess } from "../../planes/api.ts";
import type { Context } from "../command.ts";
import type { LogsArgs, LogsWhat } from "../definitions/resources.ts";
import { buildPlane } from "../platform.ts";
import { buildState, isOver } from "../resources/build-state.ts";
import { requireComponent } from "../../resources/components.ts";
import { listKind } from "../../resources/scope.ts";

/** Longer than any build may take. */
const FOLLOW_MS = 2 * 60 * 60_000;

/** Prints what all steps of a build have logged; with `-f` until it has ended. */
export const printBuildLogs = async (
  platform: PlatformAccess,
  args: LogsArgs & LogsWhat,
  { io, signal }: Context,
): Promise<void> => {
  refuseOthers(args);
  const control = await platform.control();
  const build = await findBuild(control, args, signal);
  const plane = await buildPlane(platform);
  let lines = 0;
  const onLine = (step: string, line: string): void => {
    lines++;
    io.stdout.write(`${step.padEnd(7)} ${line}\n`);
  };
  io.stderr.write(`build/${build.metadata.name}  ${buildState(build).text}\n`);
  if (args.follow && !isOver(build)) {
    const ended = followBuild(control, build, { timeoutMs: FOLLOW_MS, signal, onStep: () => undefined });
    await followStepLogs(plane, build, { ended, signal, onLine });
    await ended;
    return;
  }
  await printStepLogs(plane, build, { signal, onLine });
  if (lines === 0) throw noLogs(build);
};

const refuseOthers = ({ previous, since, tail, environment }: LogsArgs): void => {
  const given = Object.entries({ previous, since, tail, environment }).filter(
    ([, value]) => value !== undefined && value !== false,
  );
  const [first] = given;
  if (first === undefined) return;
  throw new ChoreoError("E_USAGE", `--${first[0]} is for the logs of pods, not of builds`, {
    fix: "leave it away, or leave --build away",
  });
};

/** The newest build of the component of that name, or the build that is called so. */
const findBuild = async (control: KubeClient, args: LogsArgs & LogsWhat, signal: AbortSignal): Promise<Build> => {
  const { organization, project, component: word } = args;
  const all = (await listKind(control, { kind: "Build" }, { organization, project }, signal)) as unknown as Build[];
  const named = all.filter((build) => build.metadata.name === word);
  const own = all.filter(({ metadata }) => metadata.labels?.[LABELS.component] === word);
  const found = (named.length > 0 ? named : own).toSorted(newestFirst)[0];
  if (found !== undefined) return found;
  const component = await requireComponent(control, word, args, signal);
  throw new ChoreoError("E_NOT_FOUND", `${nameOf(component)} has not been built`, {
    fix: `choreo-dev build ${nameOf(component)}`,
  });
};

const newestFirst = (a: Build, b: Build): number =>
  (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "");

const noLogs = (build: Build): ChoreoError =>
  new ChoreoError("E_NOT_FOUND", `There is no log of build ${build.metadata.name}`, {
    why: isOver(build)
      ? "nothing ran for it, or its pods have been removed: they are kept for an hour"
      : "its steps have not begun",
    fix: `choreo-dev get builds ${build.metadata.name}`,
  });
