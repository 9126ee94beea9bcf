import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { DevEvent } from "../../src/dev/loop/session.ts";
import { bin } from "../helpers/cli.ts";
import { untilTrue } from "../helpers/until.ts";
import type { World } from "./world.ts";

export type Change = Extract<DevEvent, { type: "change" }>;

export interface DevSession {
  readonly events: readonly DevEvent[];
  /** What was told of a component, from an event on. */
  changesOf(component: string, from?: number): Change[];
  /** Does something to the folder of a component, and waits until its next change was told. */
  change(component: string, work: () => void): Promise<Change>;
  /** As Ctrl-C does; its exit code. */
  end(): Promise<number | null>;
}

/** `choreo-dev dev`, or another command that goes on as it does. */
export const startDevSession = ({ box }: World, ...command: string[]): DevSession => {
  const args = command.length === 0 ? ["dev"] : command;
  const child = spawn(process.execPath, [bin, ...args, "-o", "ndjson"], {
    ...{ cwd: box.dir, env: box.env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const events: DevEvent[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => events.push(JSON.parse(line) as DevEvent));
  const changesOf: DevSession["changesOf"] = (component, from = 0) =>
    events.slice(from).flatMap((event) => (event.type === "change" && event.component === component ? [event] : []));
  return {
    ...{ events, changesOf },
    change: async (component, work) => {
      const from = events.length;
      work();
      return untilTrue(`a change of ${component}`, async () => changesOf(component, from)[0]);
    },
    end: async () => {
      if (child.exitCode !== null) return child.exitCode;
      const ended = once(child, "exit") as Promise<[number | null]>;
      child.kill("SIGINT");
      return (await ended)[0];
    },
  };
};
