import { text } from "node:stream/consumers";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type Keeper, startKeeper } from "../../../../../../src/engine/embedded/runtime/process/keeper.ts";
import { openPipeMaker } from "../../../../../../src/engine/embedded/runtime/process/pipes.ts";
import { type Spawned, spawnGroup } from "../../../../../../src/engine/embedded/runtime/process/spawn.ts";
import { openProcessTable } from "../../../../../../src/engine/embedded/runtime/process/table.ts";
import { processesWith } from "../../../../../helpers/docker.ts";
import { temporaryFolder } from "../../../../../helpers/temporary-folder.ts";
import { untilTrue } from "../../../../../helpers/until.ts";

describe("the process that starts programs", () => {
  const keepers: Keeper[] = [];
  afterEach(async () => {
    for (const keeper of keepers.splice(0)) await keeper.dismiss();
  });

  const start = async () => {
    const dir = temporaryFolder();
    const { id } = await openProcessTable(dir);
    const keeper = startKeeper(dir, id);
    keepers.push(keeper);
    const pipes = await openPipeMaker(path.join(dir, "pipes"));
    const run = (...argv: string[]): Promise<Spawned> =>
      spawnGroup({ argv, cwd: dir, env: new Map([["PATH", process.env["PATH"] ?? ""]]), pipes, keeper });
    const kill = async (): Promise<void> => {
      const [line] = (await processesWith(dir)).filter((one) => one.includes("keeper.cjs"));
      process.kill(Number(line?.trim().split(" ")[0]), "SIGKILL");
    };
    return { dir, keeper, run, kill };
  };

  test("gives what a program writes, and how it ended", async () => {
    const { run } = await start();
    const { stdout, stderr, exited } = await run("sh", "-c", "echo out; echo err > /dev/stderr; exit 3");
    expect(await Promise.all([text(stdout), text(stderr), exited])).toEqual([
      "out\n",
      "err\n",
      { code: 3, signal: null },
    ]);
    const killed = await run("sh", "-c", "kill -TERM $$");
    expect(await killed.exited).toEqual({ code: null, signal: "SIGTERM" });
  });

  test("starts many at once, each with its own output", async () => {
    const { run } = await start();
    const numbers = Array.from({ length: 40 }, (_, at) => String(at));
    const outputs = await Promise.all(numbers.map(async (number) => text((await run("echo", number)).stdout)));
    expect(outputs).toEqual(numbers.map((number) => `${number}\n`));
  });

  test("says what cannot be started, and goes on", async () => {
    const { run } = await start();
    await expect(run("no-such-program")).rejects.toThrow('exec: "no-such-program": executable file not found in $PATH');
    await expect(run("/")).rejects.toThrow(/exec: "\/": .*EACCES/);
    expect(await text((await run("echo", "next")).stdout)).toBe("next\n");
  });

  test("takes its programs with it when it is killed, and says so", async () => {
    const { keeper, run, kill } = await start();
    const { pid, exited } = await run("sleep", "600");
    await kill();
    expect(await exited).toEqual({ code: null, signal: "SIGKILL" });
    expect(keeper.alive).toBe(false);
    await untilTrue("the program to be gone", async () => {
      try {
        return process.kill(pid, 0) ? undefined : true;
      } catch {
        return true;
      }
    });
    await expect(run("true")).rejects.toThrow(/exec: "true": /);
  });
});
