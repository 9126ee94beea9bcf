import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { expandVariables } from "../../../../../src/engine/embedded/runtime/env/expand.ts";
import type { KubeClient } from "../../../../../src/k8s/client.ts";
import { startInformer } from "../../../../../src/k8s/informer.ts";
import type { AnyObject } from "../../../../../src/k8s/types.ts";
import type { Clock } from "../../../../../src/lib/clock.ts";

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly activeDeadlineSeconds?: number;
}

export interface FakeKubeletOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Stands for `/tmp` of the pods, one folder each. */
  readonly dir: string;
}

export interface FakeKubelet {
  /** With the logs of the pods that were played. */
  readonly client: KubeClient;
  /** Names of pods whose programs only wait for time to pass. */
  readonly asleep: ReadonlySet<string>;
  /** The most pods that were there at a time, neither ended nor gone. */
  mostAtOnce(): number;
}

/**
 * Plays pods: their programs are run, one pod after the other, with a folder of its own for `/tmp`. `sleep` is not run: it
 * lasts until its pod is deleted or its deadline has come.
 */
export const startFakeKubelet = (client: KubeClient, { signal, clock, dir }: FakeKubeletOptions): FakeKubelet => {
  const logs = new Map<string, string>();
  const asleep = new Set<string>();
  const active = new Set<string>();
  let most = 0;
  let queue = Promise.resolve();
  const report = async (pod: AnyObject, status: object): Promise<void> => {
    const { name, namespace } = pod.metadata;
    if ((await client.get({ apiVersion: "v1", kind: "Pod", name, namespace })) === undefined) return;
    await client.mergePatch({ apiVersion: "v1", kind: "Pod", name, namespace }, { status }, { subresource: "status" });
  };
  const play = async (pod: AnyObject): Promise<void> => {
    const { name, uid = "" } = pod.metadata;
    const { containers, activeDeadlineSeconds } = pod["spec"] as PodSpec;
    const startedAt = new Date(clock.now()).toISOString().replace(/\.\d+/, "");
    const statusOf = (container: Container, state: object) => ({
      name: container.name,
      image: "",
      imageID: "",
      ready: false,
      restartCount: 0,
      state,
    });
    await report(pod, {
      phase: "Running",
      containerStatuses: containers.map((each) => statusOf(each, { running: { startedAt } })),
    });
    if (isLong(pod)) {
      asleep.add(name);
      if (activeDeadlineSeconds === undefined) return;
      await clock.sleep(activeDeadlineSeconds * 1000, signal);
      asleep.delete(name);
      const message = "Pod was active on the node longer than the specified deadline";
      await report(pod, {
        phase: "Failed",
        reason: "DeadlineExceeded",
        message,
        containerStatuses: containers.map((each) =>
          statusOf(each, { terminated: { exitCode: 143, reason: "Error", startedAt, finishedAt: startedAt } }),
        ),
      });
      return;
    }
    const tmp = path.join(dir, uid);
    mkdirSync(tmp, { recursive: true });
    const mainFirst = containers.toSorted((a, b) => Number(b.name === "main") - Number(a.name === "main"));
    const statuses = mainFirst.map((container) => {
      const { code, output } = execute(container, tmp);
      logs.set(`${name}/${container.name}`, output);
      return statusOf(container, {
        terminated: { exitCode: code, reason: code === 0 ? "Completed" : "Error", startedAt, finishedAt: startedAt },
      });
    });
    const isGood = statuses.every(
      ({ state }) => (state as { terminated: { exitCode: number } }).terminated.exitCode === 0,
    );
    await report(pod, { phase: isGood ? "Succeeded" : "Failed", containerStatuses: statuses });
  };
  startInformer(
    client,
    { apiVersion: "v1", kind: "Pod" },
    {
      signal,
      onChange: (before, after) => {
        const name = (after ?? before)?.metadata.name ?? "";
        const phase = (after?.["status"] as { phase?: string } | undefined)?.phase;
        if (after === undefined || phase === "Succeeded" || phase === "Failed") active.delete(name);
        else active.add(name);
        most = Math.max(most, active.size);
        if (after === undefined) asleep.delete(name);
        if (before !== undefined || after === undefined || phase === "Succeeded" || phase === "Failed") return;

        const played = (): Promise<void> =>
          play(after).catch((error: unknown) => void (signal.aborted ? 0 : process.stderr.write(`${String(error)}\n`)));
        if (isLong(after)) void played();
        else queue = queue.then(played);
      },
    },
  );
  return {
    client: { ...client, logs: (pod, options) => text(logs.get(`${pod.name}/${options?.container ?? "main"}`) ?? "") },
    asleep,
    mostAtOnce: () => most,
  };
};

// eslint-disable-next-line @typescript-eslint/require-await
async function* text(whole: string): AsyncGenerator<string> {
  yield whole;
}

const execute = ({ command = [], args = [], env = [] }: Container, tmp: string): { code: number; output: string } => {
  const variables = new Map<string, string>();
  for (const { name, value } of env)
    variables.set(
      name,
      expandVariables(value, (other) => variables.get(other)),
    );
  const words = [...command, ...args].map((word) =>
    expandVariables(word, (name) => variables.get(name)).replaceAll("/tmp", tmp),
  );
  const [program = "", ...rest] = words;
  const { status, stdout, error } = spawnSync(program, rest, {
    cwd: tmp,
    env: { PATH: process.env["PATH"] ?? "", ...Object.fromEntries(variables) },
    encoding: "utf8",
  });
  return { code: error === undefined ? (status ?? 137) : 128, output: stdout ?? "" };
};

const isLong = (pod: AnyObject): boolean =>
  (pod["spec"] as PodSpec).containers.some(({ command = [], name }) => name === "main" && command.includes("sleep"));
