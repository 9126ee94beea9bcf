import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { createWorld } from "../acceptance/world.ts";
import { processesWith } from "../helpers/docker.ts";
import { untilTrue } from "../helpers/until.ts";

const GONE_MS = 15_000;

describe("a platform with an owner", () => {
  const world = createWorld("embedded", "lease");
  const owners: ChildProcess[] = [];
  const newOwner = async (): Promise<ChildProcess> => {
    const child = spawn("sleep", ["600"], { stdio: "ignore" });
    owners.push(child);
    await once(child, "spawn");
    return child;
  };
  afterAll(() => owners.forEach((child) => child.kill("SIGKILL")));
  const state = path.join(world.box.home, "state", "choreo-dev");
  const up = (owner: ChildProcess) => world.box.run(["up", "--owner", String(owner.pid)]);
  const gone = async (): Promise<true | undefined> => ((await world.leftovers()).length === 0 ? true : undefined);
  const reaperPid = (): number =>
    (JSON.parse(readFileSync(path.join(state, "reaper.lock"), "utf8")) as { pid: number }).pid;

  test("is gone with its processes, files and contexts 15 s after the owner was killed", async () => {
    world.configure();
    const owner = await newOwner();
    expect(await up(owner)).toMatchObject({ code: 0 });
    await world.box.ok(["kubeconfig", "merge"]);
    const kubeconfig = world.box.env["KUBECONFIG"] ?? "";
    expect(readFileSync(kubeconfig, "utf8")).toContain(world.name);
    expect((await processesWith(world.box.home)).length).toBeGreaterThan(0);
    owner.kill("SIGKILL");
    await untilTrue("nothing to be left", gone, GONE_MS);
    expect(readFileSync(kubeconfig, "utf8")).not.toContain(world.name);
    // Nothing is leased any more: the reaper has no more to do.
    await untilTrue("the reaper to end", async () => (existsSync(path.join(state, "reaper.lock")) ? undefined : true));
  });

  test("is removed by whatever runs next when the reaper was killed as well", async () => {
    const owner = await newOwner();
    expect(await up(owner)).toMatchObject({ code: 0 });
    process.kill(reaperPid(), "SIGKILL");
    owner.kill("SIGKILL");
    await once(owner, "exit");
    const said = await world.box.ok(["reap", "--dry-run"]);
    expect(said.stdout).toMatch(new RegExp(`^${world.name} .*has ended +would be removed$`, "m"));
    const { stdout } = await world.box.ok(["reap"]);
    expect(stdout).toMatch(new RegExp(`^${world.name} .*removed$`, "m"));
    expect(await world.leftovers()).toEqual([]);
  });

  test("is another thing than one that is to stay, which no owner can take over", async () => {
    await world.box.ok(["up"]);
    const { code, stderr } = await up(await newOwner());
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining("E_CHANGE_REFUSED") });
    expect((await world.box.ok(["reap"])).stdout).toBe("");
    expect((await world.status()).ready).toBe(true);
  });
});
