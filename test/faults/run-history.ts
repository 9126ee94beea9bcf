import { existsSync } from "node:fs";
import { applyHello, command, commandsAtOnce, devSave } from "./commands.ts";
import {
  canMount,
  disturbConnections,
  endProxy,
  fullDisk,
  hangSupervisor,
  killContainer,
  killPods,
  killSupervisor,
  restartDockerd,
  simulate,
  stealPort,
  writeThroughApi,
} from "./faults.ts";
import { type History, SIMULATED, type Step, stepText } from "./history.ts";
import { checkAlways, checkConverged, checkNothingLeft, createWitness } from "./invariants.ts";
import { type FaultWorld, createFaultWorld } from "./world.ts";

export interface HistoryOutcome {
  readonly seed: number;
  readonly ms: number;
  /** Everything that is wrong; empty is what we want. */
  readonly broken: readonly string[];
  /** Faults that hit nothing, because what they are for was not there then. */
  readonly missed: readonly string[];
}

/** Runs one history from nothing to nothing. */
export const runHistory = async (
  history: History,
  log: (line: string) => void = () => undefined,
): Promise<HistoryOutcome> => {
  const began = performance.now();
  const { steps, engine, seed } = history;
  const world = createFaultWorld(engine, {
    preload: steps.some((step) => SIMULATED.has(step.do)),
    smallDisk: steps.some((step) => step.do === "full-disk") && canMount(),
  });
  const witness = createWitness();
  try {
    for (const step of steps) {
      const from = performance.now();
      const before = world.broken.length;
      await runStep(world, step);
      await checkAlways(world, witness);
      const seconds = ((performance.now() - from) / 1000).toFixed(1).padStart(5);
      log([`${seconds} s  ${stepText(step)}`, ...world.broken.slice(before)].join("\n  BROKEN "));
    }
    await endFaults(world);
    await checkConverged(world);
    await checkAlways(world, witness);
    await checkNothingLeft(world);
    const { broken, missed } = world;
    return { seed, ms: performance.now() - began, broken, missed };
  } finally {
    await world.proxy?.close();
    // A history that broke off leaves what it has made.
    if (existsSync(world.stateDir)) await world.run(["down", "--force"]);
    world.remove();
  }
};

const endFaults = async (world: FaultWorld): Promise<void> => {
  await endProxy(world);
  if (world.clockMoved) await simulate(world, {});
};

const runStep = async (world: FaultWorld, step: Step): Promise<void> => {
  switch (step.do) {
    case "up":
    case "apply":
    case "delete":
    case "status":
    case "stop":
    case "start":
    case "down":
      return void (await command(world, step.do));
    case "build":
      await applyHello(world);
      return void (await command(world, "build"));
    case "dev-save":
      await applyHello(world);
      return devSave(world);
    case "write":
      return writeThroughApi(world, step.count);
    case "at-once":
      return commandsAtOnce(world, step.pair);
    case "kill-cli":
      return void (await command(world, step.command, step.afterMs));
    case "kill-supervisor":
      return killSupervisor(world);
    case "kill-pods":
      return killPods(world);
    case "kill-node":
      return killContainer(world, "control-plane");
    case "kill-registry":
      return killContainer(world, "registry");
    case "restart-docker":
      return restartDockerd(world);
    case "hang-supervisor":
      return hangSupervisor(world, step.ms);
    case "cut-connections":
      return disturbConnections(world, "cut", step.ms);
    case "half-open-connections":
      return disturbConnections(world, "halfOpen", step.ms);
    case "steal-port":
      return stealPort(world);
    case "full-disk":
      return canMount() ? fullDisk(world, step.writes) : void world.missed.push("full-disk");
    case "slow-disk":
      return simulate(world, { syncMs: step.ms });
    case "clock-jump":
      world.clockMoved = true;
      return simulate(world, { clockMs: step.ms });
  }
};
