import { spawn } from "node:child_process";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { packageRoot } from "../../src/lib/package-root.ts";
import { type CliResult, bin } from "../helpers/cli.ts";
import type { Killable, Pair } from "./history.ts";
import { acknowledged, forget, sent } from "./model.ts";
import { killNow } from "./processes.ts";
import type { FaultWorld } from "./world.ts";

const samples = path.join(packageRoot(), "samples");

type Command = Killable | Pair[number] | "delete";

/** Runs a command as a user would, and notes in the model what it has promised. Killed after a time, it has promised nothing. */
export const command = async (world: FaultWorld, name: Command, killAfterMs?: number): Promise<CliResult> => {
  const { model } = world;
  const wasHealthy = model.healthy;
  const before = beginning(world, name);
  const result = await world.run(before.args, killAfterMs);
  if (result.code === 0) before.succeeded();
  else if (killAfterMs === undefined && wasHealthy && before.hasToSucceed)
    world.broken.push(`${name} failed on a healthy platform with ${result.code}:\n${result.stderr}`);
  if (result.code !== 0 && name !== "status") model.healthy = false;
  return result;
};

interface Begun {
  readonly args: readonly string[];
  readonly hasToSucceed: boolean;
  readonly succeeded: () => void;
}

const beginning = (world: FaultWorld, name: Command): Begun => {
  const { model } = world;
  switch (name) {
    case "up":
      return { args: ["up"], hasToSucceed: true, succeeded: () => (model.healthy = true) };
    case "apply": {
      const content = saveGreeting(world);
      sent(model.components, "greeter", content);
      return {
        args: ["apply", "-f", path.join(world.dir, "greeter")],
        hasToSucceed: true,
        succeeded: () => acknowledged(model.components, "greeter", content),
      };
    }
    case "build": {
      const content = saveHello(world);
      sent(model.components, "hello", content);
      return {
        args: ["build", "hello"],
        hasToSucceed: model.components.get("hello")?.acknowledged !== undefined,
        succeeded: () => acknowledged(model.components, "hello", content),
      };
    }
    case "delete": {
      const known = model.components.has("greeter");
      if (known) sent(model.components, "greeter", undefined);
      return {
        args: ["delete", "component", "greeter"],
        hasToSucceed: model.components.get("greeter")?.acknowledged !== undefined,
        succeeded: () => acknowledged(model.components, "greeter", undefined),
      };
    }
    case "down":
      model.lossy = true;
      return { args: ["down", "--force"], hasToSucceed: true, succeeded: () => forget(model) };
    case "stop":
      return { args: ["stop"], hasToSucceed: true, succeeded: () => (model.healthy = false) };
    case "start":
      return { args: ["start"], hasToSucceed: true, succeeded: () => undefined };
    case "status":
      return { args: ["status", "-o", "json"], hasToSucceed: true, succeeded: () => undefined };
  }
};

/** Two at the same moment; both have to succeed on a platform that is there. */
export const commandsAtOnce = async (world: FaultWorld, [first, second]: Pair): Promise<void> => {
  const { model } = world;
  const wasHealthy = model.healthy;
  // Which of the two is the last one nobody knows: either result is right.
  const mixed = first !== second && second !== "status";
  const both = await Promise.all([world.run(argsOf(world, first)), world.run(argsOf(world, second))]);
  const failed = both.filter(({ code }) => code !== 0);
  if (wasHealthy && failed.length > 0) {
    const texts = failed.map(({ code, stderr }) => `${code}:\n${stderr}`);
    world.broken.push(`${first} beside ${second} on a healthy platform failed with ${texts.join("\nand ")}`);
  }
  if (first === "up" && !mixed && failed.length === 0) model.healthy = true;
  else if (mixed || failed.length > 0) model.healthy = false;
};

const argsOf = (world: FaultWorld, name: Pair[number]): readonly string[] => beginning(world, name).args;

/** The text that the greeter serves, in its manifest. */
const saveGreeting = (world: FaultWorld): string => {
  const folder = path.join(world.dir, "greeter");
  if (!existsSync(folder)) cpSync(path.join(samples, "service-from-image"), folder, { recursive: true });
  const content = `greeting ${++world.version}`;
  const text = readFileSync(path.join(samples, "service-from-image", "resources.yaml"), "utf8");
  writeFileSync(path.join(folder, "resources.yaml"), text.replace("hello from a service", content));
  return content;
};

/** The text that the program of `hello` serves, in its source. */
const saveHello = (world: FaultWorld): string => {
  const folder = path.join(world.dir, "hello");
  if (!existsSync(folder)) cpSync(path.join(samples, "service-from-source"), folder, { recursive: true });
  const content = `hello ${++world.version}`;
  const program = path.join(folder, "src", "server.js");
  const text = readFileSync(path.join(samples, "service-from-source", "src", "server.js"), "utf8");
  writeFileSync(program, text.replace(/response\.end\(.*\)/, `response.end("${content}\\n")`));
  return content;
};

/** `hello` has to be there before it can be built. */
export const applyHello = async (world: FaultWorld): Promise<void> => {
  if (world.model.components.has("hello")) return;
  saveHello(world);
  await world.run(["apply", "-f", path.join(world.dir, "hello"), "--no-wait"]);
};

/** Saves while `dev` watches, waits until the save is served, and kills `dev` as a closed terminal would. */
export const devSave = async (world: FaultWorld): Promise<void> => {
  const { model, dir, env } = world;
  const child = spawn(process.execPath, [bin, "dev", "hello", "-o", "ndjson"], {
    cwd: dir,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const limit = setTimeout(() => killNow(child.pid!), 30_000);
  let content: string | undefined;
  let lastOutcome: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { type: string; changes?: unknown[]; outcome?: { state: string } };
    if (event.type === "watching" && content === undefined) {
      content = saveHello(world);
      sent(model.components, "hello", content);
    }
    // The first deployment brings what was saved before.
    if (event.type !== "change" || event.changes?.length === 0) continue;
    lastOutcome = event.outcome?.state;
    break;
  }
  killNow(child.pid!);
  clearTimeout(limit);
  if (content !== undefined && lastOutcome === "ready") acknowledged(model.components, "hello", content);
};
