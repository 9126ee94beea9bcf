import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CRON_JOB, JOB, POD } from "../../../../../src/engine/embedded/controllers/kinds.ts";
import { type ManualClock, createManualClock } from "../../../../helpers/manual-clock.ts";
import {
  type Fate,
  type FakeKubelet,
  type Loose,
  type World,
  openWorld,
  startFakeKubelet,
  until,
  untilObject,
} from "./world.ts";

let world: World;
let clock: ManualClock;
let namespace: string;
let kubelet: FakeKubelet;
let fate: (pod: Loose) => Fate;

beforeAll(async () => {
  world = await openWorld();
}, 60_000);
beforeEach(async () => {
  // On a full minute, and close to the time of the server, which stamps what it makes.
  clock = createManualClock(Math.ceil(Date.now() / 60_000) * 60_000);
  await world.start({ clock });
  namespace = await world.namespace();
  fate = () => "succeed";
  kubelet = startFakeKubelet({ client: world.client, namespace, clock, fate: (pod) => fate(pod) });
});
afterEach(async () => {
  kubelet?.stop();
  await world?.stopControllers();
});
afterAll(() => world?.stop());

const jobOf = (name: string, spec: Loose = {}): Loose => ({
  ...JOB,
  metadata: { name, namespace },
  spec: {
    template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "busybox" }] } },
    ...spec,
  },
});

const untilJob = (name: string, check: (job: Loose) => boolean | undefined): Promise<Loose> =>
  untilObject(world.client, JOB, { namespace, name }, check);

const conditionOf = (job: Loose, type: string): Loose =>
  (job.status?.conditions ?? []).find((condition: Loose) => condition.type === type);

const podsOf = async (): Promise<Loose[]> => (await world.client.list(POD, { namespace })).items as Loose[];

const made = (): number => new Set(kubelet.seen.map(({ before, after }) => (after ?? before).metadata.uid)).size;

describe("a job", () => {
  test("runs as many pods as it needs, and counts each once", async () => {
    await world.client.create(jobOf("work", { completions: 5, parallelism: 2 }));
    const done = await untilJob("work", (job) => conditionOf(job, "Complete") !== undefined);
    expect(done.status).toMatchObject({ succeeded: 5, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(done.status.failed).toBeUndefined();
    expect(done.status.active).toBeUndefined();
    expect(done.status.conditions.map(({ type }: Loose) => type)).toEqual(["SuccessCriteriaMet", "Complete"]);
    expect(conditionOf(done, "Complete")).toMatchObject({
      reason: "CompletionsReached",
      message: "Reached expected number of succeeded pods",
    });
    expect(done.status.completionTime).toBeDefined();
    await until("released pods", async () =>
      (await podsOf()).every(({ metadata }) => metadata.finalizers === undefined),
    );
    expect(await podsOf()).toHaveLength(5);
  });

  test("without a number of completions is done when one pod succeeded and none is left", async () => {
    await world.client.create(jobOf("queue", { parallelism: 3 }));
    await world.client.mergePatch({ ...JOB, namespace, name: "queue" }, { spec: { completions: null } });
    const done = await untilJob("queue", (job) => conditionOf(job, "Complete") !== undefined);
    expect(done.status.succeeded).toBeGreaterThanOrEqual(1);
  });

  test("waits longer after each failure and fails past its limit", async () => {
    fate = () => "fail";
    await world.client.create(jobOf("bad", { backoffLimit: 2 }));
    await untilJob("bad", (job) => job.status?.failed === 1);
    expect(made()).toBe(1);
    await clock.advance(9_000);
    expect(made()).toBe(1);
    await advanceUntil("the second pod", () => made() === 2);
    await untilJob("bad", (job) => job.status?.failed === 2);
    const secondMs = clock.now();
    await advanceUntil("the third pod", () => made() === 3);
    expect(clock.now() - secondMs).toBeGreaterThanOrEqual(10_000);
    const failed = await untilJob("bad", (job) => conditionOf(job, "Failed") !== undefined);
    expect(failed.status.failed).toBe(3);
    expect(conditionOf(failed, "Failed")).toMatchObject({
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
    });
    expect(failed.status.conditions.map(({ type }: Loose) => type)).toEqual(["FailureTarget", "Failed"]);
    expect(failed.status.completionTime).toBeUndefined();
  });

  test("is ended by its deadline with all its pods", async () => {
    fate = () => "ready";
    await world.client.create(jobOf("slow", { activeDeadlineSeconds: 30, parallelism: 2, completions: 2 }));
    await untilJob("slow", (job) => job.status?.ready === 2 && job.status.active === 2);
    await advanceUntil("failure", async () => {
      const job = await world.client.get<Loose>({ ...JOB, namespace, name: "slow" });
      return conditionOf(job, "Failed") !== undefined;
    });
    const failed = await untilJob("slow", () => true);
    expect(conditionOf(failed, "Failed")).toMatchObject({
      reason: "DeadlineExceeded",
      message: "Job was active longer than specified deadline",
    });
    await until("no pods", async () => (await podsOf()).length === 0);
  });

  test("is deleted some time after its end, with its pods", async () => {
    await world.client.create(jobOf("brief", { ttlSecondsAfterFinished: 60 }));
    await untilJob("brief", (job) => conditionOf(job, "Complete") !== undefined);
    await clock.advance(30_000);
    expect(await world.client.get({ ...JOB, namespace, name: "brief" })).toBeDefined();
    await advanceUntil(
      "the end of the job",
      async () => (await world.client.get({ ...JOB, namespace, name: "brief" })) === undefined,
    );
    await until("no pods", async () => (await podsOf()).length === 0);
  });

  test("that is suspended has no pods and begins anew when it goes on", async () => {
    fate = () => "ready";
    await world.client.create(jobOf("paused", { parallelism: 2, completions: 2 }));
    await untilJob("paused", (job) => job.status?.ready === 2);
    const ref = { ...JOB, namespace, name: "paused" };
    await world.client.mergePatch(ref, { spec: { suspend: true } });
    const suspended = await untilJob(
      "paused",
      (job) => conditionOf(job, "Suspended")?.status === "True" && job.status.active === undefined,
    );
    expect(suspended.status.startTime).toBeUndefined();
    await until("no pods", async () => (await podsOf()).length === 0);
    fate = () => "succeed";
    await world.client.mergePatch(ref, { spec: { suspend: false } });
    await advanceUntil(
      "completion",
      async () => conditionOf(await world.client.get<Loose>(ref), "Complete") !== undefined,
    );
    const done = await untilJob("paused", () => true);
    expect(conditionOf(done, "Suspended")).toMatchObject({ status: "False", reason: "JobResumed" });
    expect(done.status.succeeded).toBe(2);
  });

  test("with indexes gives each pod its own and tells which are done", async () => {
    const isBad = (pod: Loose): boolean => pod.metadata.annotations["batch.kubernetes.io/job-completion-index"] === "1";
    fate = (pod) => (isBad(pod) ? "ready" : "succeed");
    await world.client.create(jobOf("indexed", { completionMode: "Indexed", completions: 4, parallelism: 4 }));
    const partly = await untilJob("indexed", (job) => job.status?.completedIndexes === "0,2,3");
    expect(partly.status.succeeded).toBe(3);
    const [bad] = (await podsOf()).filter(isBad);
    expect(bad.spec.hostname).toBe("indexed-1");
    expect(bad.spec.containers[0].env[0].name).toBe("JOB_COMPLETION_INDEX");
    fate = () => "succeed";
    await world.client.mergePatch(
      { ...POD, namespace, name: bad.metadata.name },
      { metadata: { labels: { go: "on" } } },
    );
    const done = await untilJob("indexed", (job) => conditionOf(job, "Complete") !== undefined);
    expect(done.status.completedIndexes).toBe("0-3");
    expect(made()).toBe(4);
  });

  test("fails at once where its failure policy says so", async () => {
    fate = () => "fail";
    const onExitCodes = { containerName: "main", operator: "In", values: [1] };
    const podFailurePolicy = { rules: [{ action: "FailJob", onExitCodes }] };
    await world.client.create(jobOf("strict", { podFailurePolicy, backoffLimit: 5 }));
    const failed = await untilJob("strict", (job) => conditionOf(job, "Failed") !== undefined);
    expect(conditionOf(failed, "Failed")).toMatchObject({ reason: "PodFailurePolicy" });
    expect(conditionOf(failed, "Failed").message).toMatch(/failed with exit code 1 matching FailJob rule at index 0$/);
  });

  test("is not begun anew by controllers that are started in the middle of it", async () => {
    await world.client.create(jobOf("long", { completions: 20, parallelism: 4 }));
    await untilJob("long", (job) => (job.status?.succeeded ?? 0) >= 4);
    await world.stopControllers();
    await world.start({ clock });
    const done = await untilJob("long", (job) => conditionOf(job, "Complete") !== undefined);
    expect(done.status.succeeded).toBe(20);
    expect(made()).toBe(20);
  });
});

describe("a cron job", () => {
  const cronOf = (name: string, spec: Loose = {}): Loose => ({
    ...CRON_JOB,
    metadata: { name, namespace },
    spec: { schedule: "* * * * *", jobTemplate: { spec: jobOf(name).spec }, ...spec },
  });
  const jobs = async (): Promise<string[]> =>
    (await world.client.list(JOB, { namespace })).items.map(({ metadata }) => metadata.name).sort();
  const untilCron = (name: string, check: (cronJob: Loose) => boolean | undefined): Promise<Loose> =>
    untilObject(world.client, CRON_JOB, { namespace, name }, check);
  const minutes = (): number => Math.floor(clock.now() / 60_000);

  test("makes a job when its time has come, named after the time", async () => {
    const cron = await world.client.create<Loose>(cronOf("tick"));
    await advanceUntil("a job", async () => (await jobs()).length >= 1);
    const [name] = await jobs();
    expect(name).toBe(`tick-${minutes()}`);
    const job = await untilJob(name ?? "", (found) => conditionOf(found, "Complete") !== undefined);
    expect(job.metadata.ownerReferences[0].uid).toBe(cron.metadata.uid);
    expect(job.metadata.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"]).toBe(
      `${new Date(minutes() * 60_000).toISOString().slice(0, 19)}Z`,
    );
    const after = await untilCron("tick", ({ status }) => status.lastSuccessfulTime !== undefined);
    expect(after.status.lastScheduleTime).toBe(`${new Date(minutes() * 60_000).toISOString().slice(0, 19)}Z`);
  });

  test("keeps no more old jobs than it may", async () => {
    await world.client.create(cronOf("tick", { successfulJobsHistoryLimit: 2 }));
    const seen = new Set<string>();
    await advanceUntil(
      "five jobs",
      async () => {
        for (const name of await jobs()) seen.add(name);
        return seen.size >= 5;
      },
      20_000,
    );
    await until("two jobs", async () => (await jobs()).length <= 2);
    expect(await jobs()).not.toContain([...seen][0]);
  });

  test.each([
    ["Forbid", 1],
    ["Allow", 2],
  ])("that says %s has %d jobs at the same time", async (concurrencyPolicy, count) => {
    fate = () => "ready";
    await world.client.create(cronOf("tick", { concurrencyPolicy }));
    await advanceUntil("a job", async () => (await jobs()).length === 1);
    await untilCron("tick", ({ status }) => status.active?.length === 1);
    const [first] = await jobs();
    await clock.advance(60_000);
    if (count === 2) await until("another job", async () => (await jobs()).length === 2);
    else {
      await until("an event", async () => {
        const { items } = await world.client.list({ apiVersion: "v1", kind: "Event" }, { namespace });
        return (items as Loose[]).some(({ reason }) => reason === "JobAlreadyActive");
      });
    }
    expect((await jobs()).length).toBe(count);
    expect(await jobs()).toContain(first);
  });

  test("that replaces deletes the job that still runs", async () => {
    fate = () => "ready";
    await world.client.create(cronOf("tick", { concurrencyPolicy: "Replace" }));
    await advanceUntil("a job", async () => (await jobs()).length === 1);
    const [first = ""] = await jobs();
    await clock.advance(60_000);
    await until("another job", async () => {
      const now = await jobs();
      return now.length === 1 && now[0] !== first;
    });
    expect(await jobs()).not.toContain(first);
  });

  test("that is suspended, or too late, makes nothing", async () => {
    await world.client.create(cronOf("paused", { suspend: true }));
    await world.client.create(cronOf("tick"));
    await advanceUntil("a job", async () => (await jobs()).length >= 1);
    expect((await jobs()).every((name) => name.startsWith("tick-"))).toBe(true);
    await world.client.delete({ ...CRON_JOB, namespace, name: "tick" });
    await world.stopControllers();
    await world.client.create(cronOf("late", { schedule: "0 * * * *", startingDeadlineSeconds: 60 }));
    const hour = 3_600_000;
    await clock.advance(hour - (clock.now() % hour) + 120_000);
    await world.client.create(cronOf("on-time", { schedule: `${new Date(clock.now()).getUTCMinutes() + 1} * * * *` }));
    await world.start({ clock });
    await advanceUntil("a job in time", async () => (await jobs()).some((name) => name.startsWith("on-time-")));
    expect((await jobs()).filter((name) => name.startsWith("late-"))).toEqual([]);
  });

  test("makes one job for all the times it missed", async () => {
    await world.stopControllers();
    await world.client.create(cronOf("tick"));
    await clock.advance(10 * 60_000);
    await world.start({ clock });
    await until("a job", async () => (await jobs()).length === 1);
    expect(await jobs()).toEqual([`tick-${minutes()}`]);
  });
});

/** Moves the time on, a step at a time, until a check is true. Not slower from step to step, as waiting for others is. */
const advanceUntil = async (what: string, check: () => boolean | Promise<boolean>, stepMs = 1000): Promise<void> => {
  const deadline = performance.now() + 25_000;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`waited 25 s for ${what}`);
    await clock.advance(stepMs);
    await delay(STEP_PAUSE_MS);
  }
};

/** For what the controllers and the server tell each other in the meantime. */
const STEP_PAUSE_MS = 15;
