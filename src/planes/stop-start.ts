import { ChoreoError } from "../lib/errors.ts";
import { systemClock } from "../lib/clock.ts";
import { ensureRegistry } from "../docker/registry.ts";
import { runPlan } from "../run/runner.ts";
import type { Step } from "../plan/step.ts";
import { acquireLock } from "../state/lock.ts";
import type { UpInput, WorkInput } from "./api.ts";
import { registrySpec } from "./ground-docker.ts";
import { type Session, openSession } from "./session.ts";
import { STOP } from "./finish-stop.ts";
import { upPlatform } from "./up.ts";

/** Ends the controller and the nodes, keeping everything they hold. */
export const stopPlatform = async (input: WorkInput): Promise<void> => {
  const session = await openExisting(input);
  try {
    await using _lock = await acquireLock(session.places.lock, {
      purpose: STOP,
      waitMs: 10 * 60_000,
      signal: input.signal,
    });
    const began = systemClock.monotonic();
    const clusters = await session.engine.observe({ recall: false });
    const step = (id: string, fields: Partial<Step>): Step => ({
      id,
      kind: "cluster",
      group: "clusters",
      subject: "",
      reason: "stop",
      change: "in-place",
      needs: [],
      ...fields,
    });
    const steps = [
      step("controller", { kind: "controller", group: "control plane", subject: "controller" }),
      ...clusters.map(({ name }) => step(`stop/${name}`, { subject: name, cluster: name, needs: ["controller"] })),
      ...(session.docker === undefined ? [] : [step("registry", { kind: "registry", group: "registry" })]),
    ];
    input.emit({ type: "plan", steps });
    await runPlan(steps, {
      emit: input.emit,
      signal: input.signal,
      execute: async (one, context) => {
        if (one.kind === "controller") await session.supervisor.stop(context.signal);
        else if (one.kind === "registry") await stopRegistry(session);
        else await session.engine.stop(one.cluster ?? "", { ...context, retain: false });
        return undefined;
      },
    });
    input.emit({ type: "done", ms: systemClock.monotonic() - began, steps: steps.length, criticalPath: [], urls: [] });
  } finally {
    session.close();
  }
};

/** Starts what was stopped; whatever is missing besides is repaired, because this is `up` on a platform that exists. */
export const startPlatform = async (input: WorkInput): Promise<void> => {
  const session = await openExisting(input);
  const { docker: ground, platform, identity } = session;
  const { subnet } = ground?.network ?? {};
  if (ground !== undefined && subnet !== undefined)
    await ensureRegistry(ground.docker, registrySpec(platform, identity, subnet));
  session.close();
  const up: UpInput = { ...input, bundle: input.env["CHOREO_DEV_BUNDLE"], recreate: [], retain: false, fix: false };
  await upPlatform(up);
};

const openExisting = async (input: WorkInput): Promise<Session> => {
  const session = await openSession(input.loaded, input);
  if (session.exists) return session;
  session.close();
  throw new ChoreoError("E_NO_PLATFORM", `There is no platform "${input.loaded.platform.name}"`, {
    fix: "choreo-dev up",
  });
};

const stopRegistry = async ({ docker: ground, platform, identity }: Session): Promise<void> => {
  const { subnet } = ground?.network ?? {};
  if (ground === undefined || subnet === undefined) return;
  await ground.docker
    .getContainer(registrySpec(platform, identity, subnet).name)
    .stop({ t: 5 })
    .catch((error: { statusCode?: number }) => {
      // 304: it was stopped already. 404: there is none.
      if (error.statusCode !== 304 && error.statusCode !== 404) throw error;
    });
};
