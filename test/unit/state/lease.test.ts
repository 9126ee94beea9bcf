import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { formatLease, leaseOf, leaseState, parseLease } from "../../../src/state/lease.ts";

const lived = async (): Promise<ReturnType<typeof spawn>> => {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  await once(child, "spawn");
  return child;
};

test("a lease is held as long as its process lives, however it ends", async () => {
  const child = await lived();
  const lease = await leaseOf(child.pid ?? 0);
  expect(await leaseState(lease)).toBe("held");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await leaseState(lease)).toBe("ended");
});

test("another process with the same pid does not hold it", async () => {
  const lease = await leaseOf(process.pid);
  expect(await leaseState({ ...lease, startTime: `${lease.startTime}1` })).toBe("ended");
});

test("a lease of another machine or container is nothing that can be judged here", async () => {
  expect(await leaseState({ ...(await leaseOf(process.pid)), machine: "0123456789ab" })).toBe("elsewhere");
});

test("a process that does not run cannot be an owner", async () => {
  const child = await lived();
  child.kill("SIGKILL");
  await once(child, "exit");
  await expect(leaseOf(child.pid ?? 0)).rejects.toMatchObject({ code: "E_USAGE" });
});

test("a label says the same as the lease, and any other text nothing", async () => {
  const lease = await leaseOf(process.pid);
  expect(parseLease(formatLease(lease))).toEqual(lease);
  expect([undefined, "", "12", "x/ab/1", "12//1"].map(parseLease)).toEqual(Array.from({ length: 5 }, () => undefined));
});
