import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../src/lib/package-root.ts";
import { type Ended, run } from "./run.ts";

export interface CommandsReport {
  readonly commands: number;
  /** The most that were under way, and the most platforms that were there, at one moment. */
  readonly atOnce: { readonly commands: number; readonly platforms: number };
  readonly failed: readonly string[];
  readonly kubeconfigKept: boolean;
  readonly leftBehind: readonly string[];
}

/**
 * Creates and removes platforms by the command line, so many commands at a time: each platform's removal begins when it is
 * there, while others are still being made.
 */
export const runCommands = async (count: number, atOnce: number, home: string): Promise<CommandsReport> => {
  const kubeconfig = path.join(home, "kubeconfig");
  writeFileSync(kubeconfig, "apiVersion: v1\nkind: Config\ncontexts: []\n# mine\n");
  const before = hashOf(kubeconfig);
  const state = path.join(home, "commands-state");
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: state, KUBECONFIG: kubeconfig, CI: "1" };
  const platforms = new Set<string>();
  const most = { commands: 0, platforms: 0 };
  const failed: string[] = [];
  let underWay = 0;
  const cli = async (name: string, ...args: string[]): Promise<Ended> => {
    most.commands = Math.max(most.commands, ++underWay);
    const words = [path.join(packageRoot(), "bin", "choreo-dev.js"), ...args, "--platform", name];
    const ended = await run(words, { cwd: home, env });
    underWay--;
    if (ended.code !== 0) failed.push(`${args.join(" ")} ${name}: ${ended.code} ${ended.output.slice(-800)}`);
    return ended;
  };
  const names = Array.from({ length: Math.ceil(count / 2) }, (_, at) => `p${at}`);
  const work = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      await cli(name, "up", "--engine", "embedded");
      platforms.add(name);
      most.platforms = Math.max(most.platforms, platforms.size);
      await cli(name, "down", "--force");
      platforms.delete(name);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return {
    commands: count,
    atOnce: most,
    failed,
    kubeconfigKept: hashOf(kubeconfig) === before,
    leftBehind: leftBehind(state),
  };
};

const hashOf = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

/** Folders of platforms, and processes that know of them. */
const leftBehind = (state: string): string[] => {
  const dir = path.join(state, "choreo-dev");
  const folders = existsSync(dir) ? readdirSync(dir).filter((name) => /^p\d+$/.test(name)) : [];
  const processes = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  return [...folders, ...processes.filter((line) => line.includes(state))];
};
