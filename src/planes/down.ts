import { rm } from "node:fs/promises";
import { killLeftChildren } from "../lib/children.ts";
import { isChoreoError, messageOf, ChoreoError } from "../lib/errors.ts";
import { removeImages } from "../docker/build-image.ts";
import { removeNetwork } from "../docker/network.ts";
import type { RunContext } from "../engine/engine.ts";
import type { Step } from "../plan/step.ts";
import { runPlan } from "../run/runner.ts";
import { acquireLock } from "../state/lock.ts";
import { places, platformPlaces } from "../state/places.ts";
import type { DownInput } from "./api.ts";
import { LABELS, networkName } from "./identity.ts";
import { COMPONENT_LABEL } from "./platform-component.ts";
import { removeFromUserKubeconfig } from "./user-kubeconfig.ts";
import { type Session, dockerOf, openSession } from "./session.ts";
import { stopSupervisor } from "./supervisor-process.ts";

/** Removes everything of a platform, however much of it is there. What it did not make it does not touch. */
export const downPlatform = async (input: DownInput): Promise<void> => {
  const { loaded, emit } = input;
  const began = performance.now();
  const session = await openSession(loaded, input).catch((error: unknown) => {
    if (input.force && isChoreoError(error, "E_ENGINE_DOWN")) return undefined;
    throw error;
  });
  if (session === undefined) return forgetPlatform(input);
  try {
    await using _lock = await acquireLock(session.places.lock, {
      purpose: "down",
      waitMs: 10 * 60_000,
      signal: input.signal,
    });
    if ((await input.isWanted?.()) === false) return;
    await killLeftChildren(session.places.children);
    const steps = await downSteps(session);
    emit({ type: "plan", steps });
    await runPlan(steps, {
      execute: (step, context) => remove(session, step, { ...context, retain: false }),
      emit,
      signal: input.signal,
    });
    emit({ type: "done", ms: performance.now() - began, steps: steps.length, criticalPath: [], urls: [] });
  } finally {
    session.close();
  }
};

/** Docker is gone for good, the user says: what is left are the files and the supervisor. */
const forgetPlatform = async ({ loaded, env, emit }: DownInput): Promise<void> => {
  const mine = platformPlaces(places(env), loaded.platform.name);
  await stopSupervisor(mine.supervisor);
  await removeFromUserKubeconfig(loaded.platform, env);
  await rm(mine.dir, { recursive: true, force: true });
  emit({
    type: "notice",
    level: "warn",
    message: "Docker does not answer: only the files of the platform were removed",
    fix: "run choreo-dev down again when Docker is back, with a new up before it",
  });
};

const downSteps = async (session: Session): Promise<Step[]> => {
  const { platform } = session;
  const clusters = session.exists ? await session.engine.observe({ recall: false }) : [];
  const step = (fields: Pick<Step, "id" | "kind" | "group" | "subject" | "needs">): Step => ({
    reason: "down",
    change: "remove",
    ...fields,
  });
  const onDocker = session.docker !== undefined;
  // The supervisor of an embedded platform is where its clusters are: with it they all end at once.
  const needs = onDocker ? [] : ["controller"];
  const removals = clusters.map(({ name }) => ({
    ...step({ id: `remove/${name}`, kind: "remove-cluster", group: "clusters", subject: name, needs }),
    cluster: name,
  }));
  const before = removals.map(({ id }) => id);
  const docker = [
    step({ id: "registry", kind: "registry", group: "registry", subject: "", needs: [] }),
    step({ id: "network", kind: "network", group: "network", subject: platform.name, needs: [...before, "registry"] }),
  ];
  return [
    step({ id: "controller", kind: "controller", group: "control plane", subject: "controller", needs: [] }),
    ...removals,
    ...(onDocker ? docker : []),
    step({ id: "files", kind: "resources", group: "files", subject: "", needs: ["controller", "network", ...before] }),
  ];
};

const remove = async (session: Session, step: Step, context: RunContext): Promise<string | undefined> => {
  const { platform, places: mine } = session;
  switch (step.kind) {
    case "controller":
      await session.supervisor.stop(context.signal);
      return undefined;
    case "remove-cluster":
      await session.engine.destroy(step.cluster ?? "", context);
      return undefined;
    case "registry":
      await removeLabelled(session);
      return undefined;
    case "network":
      await removeNetwork(dockerOf(session).docker, networkName(platform.name));
      return undefined;
    default:
      await removeFromUserKubeconfig(platform, session.env);
      await rm(mine.dir, { recursive: true, force: true });
      return undefined;
  }
};

/** Containers, volumes and images with our labels: the registry, what platform components were built as, and whatever a killed run left of a baked node image. */
const removeLabelled = async (session: Session): Promise<void> => {
  const { docker } = dockerOf(session);
  const { platform } = session;
  const filters = { label: [`${LABELS.platform}=${platform.name}`] };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreGone)),
  );
  await removeImages(docker, [...filters.label, COMPONENT_LABEL]);
  const { Volumes } = await docker.listVolumes({ filters: { label: filters.label } as never });
  await Promise.all((Volumes ?? []).map(({ Name }) => docker.getVolume(Name).remove().catch(ignoreGone)));
};

const ignoreGone = (error: { statusCode?: number }): void => {
  if (error.statusCode === 404 || error.statusCode === 409) return;
  throw new ChoreoError("E_DOCKER", "Something of the platform could not be removed", {
    why: messageOf(error),
    fix: "choreo-dev down again",
    cause: error,
  });
};
