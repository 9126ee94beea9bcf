import { pick, seeded } from "../helpers/random.ts";

export type FaultEngine = "embedded" | "kind";

/** Commands that can be killed at a moment of their work. */
export const KILLABLE = ["up", "apply", "build", "stop", "start", "down"] as const;
export type Killable = (typeof KILLABLE)[number];

/** Pairs of commands of which each has to succeed, whatever the other does. */
export const PAIRS = [
  ["up", "up"],
  ["up", "status"],
  ["up", "down"],
  ["stop", "up"],
  ["apply", "apply"],
] as const;
export type Pair = (typeof PAIRS)[number];

/** One step of a history: something a user does, or something that goes wrong. */
export type Step =
  | { readonly do: PlainName }
  /** Writes through the API, of which the acknowledged ones must never be lost. */
  | { readonly do: "write"; readonly count: number }
  | { readonly do: "at-once"; readonly pair: Pair }
  | { readonly do: "kill-cli"; readonly command: Killable; readonly afterMs: number }
  /** All processes of the supervisor stand still, as while a laptop sleeps. */
  | { readonly do: "hang-supervisor"; readonly ms: number }
  /** Connections of the controller to the API server of a data plane. */
  | { readonly do: "cut-connections" | "half-open-connections"; readonly ms: number }
  | { readonly do: "full-disk"; readonly writes: number }
  | { readonly do: "slow-disk"; readonly ms: number }
  | { readonly do: "clock-jump"; readonly ms: number };

export type StepName = Step["do"];

/** Steps that are said by their name alone. */
type PlainName =
  | "up"
  | "apply"
  | "build"
  | "dev-save"
  | "delete"
  | "status"
  | "stop"
  | "start"
  | "down"
  | "kill-supervisor"
  | "kill-pods"
  | "kill-node"
  | "kill-registry"
  | "steal-port"
  | "restart-docker";

export interface History {
  readonly seed: number;
  readonly engine: FaultEngine;
  readonly steps: readonly Step[];
}

type Maker = (random: () => number) => Step;

const between = (random: () => number, from: number, to: number): number => Math.round(from + random() * (to - from));
const plain =
  (name: PlainName): Maker =>
  () => ({ do: name });

const COMMANDS: readonly (readonly [weight: number, make: Maker])[] = [
  [2, plain("up")],
  [3, plain("apply")],
  [2, plain("build")],
  [1, plain("dev-save")],
  [1, plain("delete")],
  [1, plain("status")],
  [1, plain("stop")],
  [1, plain("start")],
  [1, plain("down")],
  [4, (random) => ({ do: "write", count: between(random, 5, 60) })],
  [3, (random) => ({ do: "at-once", pair: pick(random, PAIRS) })],
];

const FAULTS: Readonly<Record<FaultEngine, readonly (readonly [weight: number, make: Maker])[]>> = {
  embedded: [
    [4, (random) => ({ do: "kill-cli", command: pick(random, KILLABLE), afterMs: between(random, 100, 1500) })],
    [4, plain("kill-supervisor")],
    [3, plain("kill-pods")],
    [2, (random) => ({ do: "hang-supervisor", ms: between(random, 200, 3000) })],
    [2, (random) => ({ do: "cut-connections", ms: between(random, 0, 500) })],
    [2, (random) => ({ do: "half-open-connections", ms: between(random, 200, 1500) })],
    [2, plain("steal-port")],
    [1, (random) => ({ do: "full-disk", writes: between(random, 5, 40) })],
    [1, (random) => ({ do: "slow-disk", ms: between(random, 20, 200) })],
    [1, (random) => ({ do: "clock-jump", ms: between(random, -7_200_000, 86_400_000) })],
  ],
  kind: [
    [
      3,
      (random) => ({
        do: "kill-cli",
        command: pick(random, ["up", "apply", "stop", "start"]),
        afterMs: between(random, 200, 4000),
      }),
    ],
    [3, plain("kill-supervisor")],
    [2, plain("kill-pods")],
    [2, plain("kill-node")],
    [2, plain("kill-registry")],
    [2, (random) => ({ do: "hang-supervisor", ms: between(random, 200, 3000) })],
    [2, (random) => ({ do: "cut-connections", ms: between(random, 0, 1000) })],
    [2, (random) => ({ do: "half-open-connections", ms: between(random, 200, 2000) })],
  ],
};

/** What a kind platform takes minutes for, or has no use of here. */
const ONLY_EMBEDDED: ReadonlySet<StepName> = new Set(["build", "dev-save", "down"]);
const ONLY_EMBEDDED_PAIR = "down";

/**
 * The history of a seed, always the same one: `up`, then commands and faults in turn. What follows it is the same for all:
 * every fault is over, `up` converges, `down` leaves nothing.
 */
export const generateHistory = (seed: number, engine: FaultEngine): History => {
  const random = seeded(seed * 7919 + (engine === "kind" ? 1 : 0));
  const length = engine === "embedded" ? between(random, 3, 7) : between(random, 2, 4);
  const steps: Step[] = [
    random() < 0.85 ? { do: "up" } : { do: "kill-cli", command: "up", afterMs: between(random, 100, 2500) },
  ];
  while (steps.length < length) {
    const step = weighted(random, random() < 0.5 ? FAULTS[engine] : COMMANDS)(random);
    if (isPossible(step, engine)) steps.push(step);
  }
  return { seed, engine, steps };
};

const isPossible = (step: Step, engine: FaultEngine): boolean => {
  if (engine === "embedded") return true;
  if (step.do === "at-once") return !(step.pair as readonly string[]).includes(ONLY_EMBEDDED_PAIR);
  return !ONLY_EMBEDDED.has(step.do);
};

const weighted = (random: () => number, choices: readonly (readonly [number, Maker])[]): Maker => {
  let left = random() * choices.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of choices) {
    left -= weight;
    if (left < 0) return make;
  }
  return choices[0]![1];
};

/** `up, kill-cli apply after 312 ms, write 20`: a history on one line. */
export const historyText = ({ steps }: History): string => steps.map(stepText).join(", ");

export const stepText = (step: Step): string => {
  switch (step.do) {
    case "write":
      return `write ${step.count}`;
    case "at-once":
      return step.pair.join(" beside ");
    case "kill-cli":
      return `kill-cli ${step.command} after ${step.afterMs} ms`;
    case "full-disk":
      return `full-disk for ${step.writes} writes`;
    case "hang-supervisor":
    case "cut-connections":
    case "half-open-connections":
      return `${step.do} for ${step.ms} ms`;
    case "slow-disk":
      return `slow-disk by ${step.ms} ms`;
    case "clock-jump":
      return `clock-jump by ${Math.round(step.ms / 1000)} s`;
    default:
      return step.do;
  }
};

/** Faults that are put in at a seam; all others really happen. */
export const SIMULATED: ReadonlySet<StepName> = new Set(["slow-disk", "clock-jump"]);
