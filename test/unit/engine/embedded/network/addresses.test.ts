import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { afterEach, describe, expect, it } from "vitest";
import {
  claimByFile,
  claimLoopbackRange,
  type LoopbackRange,
} from "../../../../../src/engine/embedded/network/addresses.ts";
import { createAllocator } from "../../../../../src/engine/embedded/network/allocator.ts";
import { listenOrElsewhere, type Listening } from "../../../../../src/engine/embedded/network/proxy/listen.ts";
import { temporaryFolder } from "../../../../helpers/temporary-folder.ts";

const ranges: LoopbackRange[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all(ranges.splice(0).map((range) => range.release()));
});

const claim = async (preferred?: string): Promise<LoopbackRange> => {
  const range = await claimLoopbackRange({ dir: temporaryFolder(), preferred });
  ranges.push(range);
  return range;
};

describe("a range", () => {
  it("is one cluster's, however many claim at the same time", async () => {
    const claimed = await Promise.all(Array.from({ length: 20 }, () => claim()));
    expect(new Set(claimed.map(({ podCIDR }) => podCIDR)).size).toBe(20);
    for (const { podCIDR, serviceCIDR } of claimed) {
      expect(podCIDR).toMatch(/^127\.\d+\.0\.0\/17$/);
      expect(serviceCIDR).toBe(podCIDR.replace(".0.0/17", ".128.0/17"));
    }
  });

  it("comes back to whom it belonged, if nobody has it", async () => {
    const first = await claim();
    await first.release();
    await first.release();
    const second = await claim(first.serviceCIDR);
    expect(second.podCIDR).toBe(first.podCIDR);
    expect((await claim(first.podCIDR)).podCIDR).not.toBe(first.podCIDR);
  });

  it("is free again when its process is killed", async () => {
    const folder = temporaryFolder();
    const outfile = path.join(folder, "claim.mjs");
    const module = path.resolve(import.meta.dirname, "../../../../../src/engine/embedded/network/addresses.ts");
    const contents = `import { claimLoopbackRange } from ${JSON.stringify(module)};
const { podCIDR } = await claimLoopbackRange({ dir: ${JSON.stringify(folder)} });
console.log(podCIDR);
setInterval(() => undefined, 1000);`;
    const stdin = { contents, resolveDir: folder, loader: "ts" } as const;
    await build({ stdin, outfile, bundle: true, platform: "node", format: "esm", target: "node20.19" });
    const child = spawn(process.execPath, [outfile], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const podCIDR = line.toString().trim();
    expect((await claim(podCIDR)).podCIDR).not.toBe(podCIDR);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect((await claim(podCIDR)).podCIDR).toBe(podCIDR);
  }, 20_000);

  it("is held by a file where addresses cannot be bound", async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "127.64.claim");
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimByFile(file)));
    const [giveBack, ...more] = claims.filter((one) => one !== undefined);
    expect(more).toEqual([]);
    await giveBack?.();
    for (const dead of ["", "nonsense", '{"pid":1,"startTime":"long ago"}', '{"pid":999999999}']) {
      await writeFile(file, dead);
      const again = await Promise.all(Array.from({ length: 10 }, () => claimByFile(file)));
      const [own, ...others] = again.filter((one) => one !== undefined);
      expect([dead, own === undefined, others]).toEqual([dead, false, []]);
      await own?.();
    }
    expect(await readdir(folder)).not.toContain("127.64.claim");
  });
});

describe("an allocator", () => {
  it("gives every address once and uses the oldest of the released again", () => {
    const allocator = createAllocator("127.64.0.0/29");
    const all = Array.from({ length: 6 }, () => allocator.next());
    expect(all).toEqual([1, 2, 3, 4, 5, 6].map((last) => `127.64.0.${last}`));
    expect(() => allocator.next()).toThrow("No address is left in 127.64.0.0/29");
    for (const last of [3, 1, 5]) allocator.release(`127.64.0.${last}`);
    expect([allocator.next(), allocator.next()]).toEqual(["127.64.0.3", "127.64.0.1"]);
  });

  it("prefers what was never used to what was released", () => {
    const allocator = createAllocator("127.64.0.0/28");
    allocator.release(allocator.next());
    expect(allocator.next()).toBe("127.64.0.2");
  });

  it("reserves what is free and inside", () => {
    const allocator = createAllocator("127.64.128.0/17");
    expect(allocator.reserve("127.64.128.1")).toBe(true);
    expect(allocator.reserve("127.64.128.1")).toBe(false);
    expect(allocator.reserve("127.64.0.1")).toBe(false);
    expect(allocator.reserve("127.64.128.0")).toBe(false);
    expect(allocator.reserve("127.64.255.255")).toBe(false);
    expect(allocator.reserve("none")).toBe(false);
    expect(allocator.next()).toBe("127.64.128.2");
    expect([allocator.has("127.64.128.2"), allocator.has("127.64.128.3")]).toEqual([true, false]);
    allocator.release("127.64.128.1");
    expect(allocator.reserve("127.64.128.1")).toBe(true);
  });

  it.each(["127.0.0.0", "127.0.0.0/31", "127.0.0.1/24", "::1/64", "300.0.0.0/8"])("refuses %s", (cidr) => {
    expect(() => createAllocator(cidr)).toThrow("is not an IPv4 range");
  });
});

describe("a listener", () => {
  const open: Listening[] = [];
  afterEach(async () => {
    for (const { server } of open.splice(0)) server.close();
  });
  const listen = async (address: string, port: number): Promise<Listening> => {
    const listening = await listenOrElsewhere({ address, port }, (socket) => socket.destroy());
    open.push(listening);
    return listening;
  };

  it("is where it should be", async () => {
    const { address, port, problem } = await listen("127.209.3.1", 8080);
    expect([address, port, problem]).toEqual(["127.209.3.1", 8080, undefined]);
  });

  it("is on a free port of its address when its own is taken", async () => {
    await listen("127.209.3.2", 8080);
    const { address, port, problem } = await listen("127.209.3.2", 8080);
    expect([address, port === 8080, problem]).toEqual(["127.209.3.2", false, "EADDRINUSE"]);
  });

  it("is on 127.0.0.1 when this machine does not have its address", async () => {
    const { address, problem } = await listen("192.0.2.1", 8080);
    expect([address, problem]).toEqual(["127.0.0.1", "EADDRNOTAVAIL"]);
  });
});
