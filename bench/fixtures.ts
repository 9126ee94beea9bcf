// `npm run bench:fixtures -- --json [--rounds N] [--kind]`: platforms for tests beside kube-apiserver and etcd as envtest starts
// them, in turns within one run. `--kind` also makes a kind platform and measures organizations in it.
import { spawnSync } from "node:child_process";
import os from "node:os";
import { parseArgs } from "node:util";
import { createPlatformPool } from "../src/library/platform-pool.ts";
import { startPlatform } from "../src/library/start-platform.ts";
import { hasKubeApiserver, startKubeApiserver } from "../test/helpers/kube-apiserver.ts";
import { median, percentile, rounded } from "./measure.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    kind: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    child: { type: "boolean", default: false },
  },
});
/** Platforms of one process. */
const STARTS = 6;

interface Figures {
  readonly first: number;
  readonly next: readonly number[];
  readonly restores: readonly number[];
  readonly organizations: readonly number[];
  readonly takes: readonly number[];
}

const timed = async <T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> => {
  const began = performance.now();
  const value = await work();
  return { ms: performance.now() - began, value };
};

/** What one test process sees: its first platform, those after it, and what is done within one. */
const child = async (): Promise<Figures> => {
  const starts: number[] = [];
  const restores: number[] = [];
  const organizations: number[] = [];
  for (let at = 0; at < STARTS; at++) {
    const { ms, value: platform } = await timed(() => startPlatform({ engine: "embedded" }));
    starts.push(ms);
    const snapshot = platform.snapshot();
    await platform.serve("hello", () => new Response("hello"));
    restores.push((await timed(() => platform.restore(snapshot))).ms);
    organizations.push((await timed(() => platform.isolate())).ms);
    await platform[Symbol.asyncDispose]();
  }
  return { first: starts[0] ?? Number.NaN, next: starts.slice(1), restores, organizations, takes: await takeTurns() };
};

/** Tests that take a platform of a pool one after the other, use it and give it back. */
const takeTurns = async (): Promise<number[]> => {
  await using pool = createPlatformPool({ engine: "embedded" });
  await pool.warm();
  const takes: number[] = [];
  for (let at = 0; at < STARTS; at++) {
    const { ms, value: platform } = await timed(() => pool.take());
    takes.push(ms);
    await platform.serve("hello", () => new Response("hello"));
    await platform[Symbol.asyncDispose]();
  }
  return takes;
};

const runChild = (): Figures => {
  const { stdout, status, stderr } = spawnSync(process.execPath, [process.argv[1] ?? "", "--child"], {
    encoding: "utf8",
    maxBuffer: 10_000_000,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Figures;
};

const envtest = async (): Promise<number> => {
  const { ms, value } = await timed(() => startKubeApiserver());
  await value.stop();
  return ms;
};

const onKind = async (): Promise<number[]> => {
  const platform = await startPlatform({ engine: "kind" });
  try {
    const taken: number[] = [];
    for (let at = 0; at < 5; at++) {
      const { ms, value } = await timed(() => platform.isolate());
      taken.push(ms);
      await value[Symbol.asyncDispose]();
    }
    return taken;
  } finally {
    await platform[Symbol.asyncDispose]();
  }
};

const main = async (): Promise<void> => {
  // Makes the template, as the first test run on a machine does.
  runChild();
  const runs: Figures[] = [];
  const real: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    runs.push(runChild());
    if (hasKubeApiserver) real.push(await envtest());
  }
  const next = runs.flatMap((run) => run.next);
  const line = (name: string, all: readonly number[]): object[] =>
    all.length === 0 ? [] : [{ case: name, p50Ms: rounded(median(all)), p95Ms: rounded(percentile(all, 0.95)) }];
  const results = [
    ...line(
      "embedded platform, first in a process",
      runs.map(({ first }) => first),
    ),
    ...line("embedded platform, in process", next),
    ...line("kube-apiserver and etcd", real),
    ...line(
      "platform of a warm pool, given back by the test before",
      runs.flatMap(({ takes }) => takes),
    ),
    ...line(
      "restore of a snapshot",
      runs.flatMap(({ restores }) => restores),
    ),
    ...line(
      "organization, embedded",
      runs.flatMap(({ organizations }) => organizations),
    ),
    ...line("organization, kind", values.kind ? await onKind() : []),
  ];
  const ratio = real.length === 0 ? undefined : rounded(median(real) / median(next));
  const report = {
    name: "fixtures",
    machine: { cores: os.availableParallelism(), load: rounded(os.loadavg()[0] ?? 0) },
    results,
    ratio,
  };
  process.stdout.write(`${JSON.stringify(report, undefined, values.json ? undefined : 2)}\n`);
};

if (values.child) process.stdout.write(JSON.stringify(await child()));
else await main();
