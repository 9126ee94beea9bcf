import { describe, expect, test } from "vitest";
import { type Log, type Recovered, openLog } from "../../../../../src/engine/embedded/store/log.ts";
import type { LogRecord } from "../../../../../src/engine/embedded/store/record.ts";
import { type MemoryFiles, memoryFiles } from "../../../../helpers/memory-files.ts";

const put = (revision: number, key: string, value = `v${revision}`): LogRecord => ({ revision, key, value });
const open = (files: MemoryFiles): Promise<{ log: Log; recovered: Recovered }> =>
  openLog({ files, dir: "/state", durability: "sync", segmentBytes: 1000 });
const valuesOf = ({ values }: Recovered): Record<string, string | undefined> =>
  Object.fromEntries([...values].map(([key, { value }]) => [key, value]));
/** What is left when the power fails now. */
const crashed = (files: MemoryFiles): MemoryFiles => memoryFiles(files.durable);

const SEGMENT = "/state/0000000000000000.log";

describe("a log", () => {
  test("gives back what was appended, the last value of each key", async () => {
    const files = memoryFiles();
    const { log } = await open(files);
    await log.append([put(1, "a"), put(2, "b")]);
    await log.append([put(3, "a"), { revision: 4, key: "b", value: undefined }]);
    await log.close();
    const { recovered } = await open(files);
    expect([recovered.revision, valuesOf(recovered), recovered.dropped]).toEqual([4, { a: "v3" }, undefined]);
  });

  test("has everything that was acknowledged when the power fails", async () => {
    const files = memoryFiles();
    const { log } = await open(files);
    await log.append([put(1, "a")]);
    expect(valuesOf((await open(crashed(files))).recovered)).toEqual({ a: "v1" });
  });

  test("drops a write that was cut off anywhere, keeps its bytes, and goes on", async () => {
    const files = memoryFiles();
    const { log } = await open(files);
    await log.append([put(1, "a")]);
    const whole = files.written.get(SEGMENT)!.length;
    await log.append([put(2, "b")]);
    const all = files.written.get(SEGMENT)!;
    for (let length = whole + 1; length < all.length; length++) {
      const cut = memoryFiles(new Map([[SEGMENT, all.subarray(0, length)]]));
      const { log: next, recovered } = await open(cut);
      expect(valuesOf(recovered)).toEqual({ a: "v1" });
      expect(recovered.dropped).toContain("cut off");
      expect(cut.written.get(`${SEGMENT}.dropped`)).toEqual(all.subarray(whole, length));
      await next.append([put(2, "c")]);
      expect(valuesOf((await open(crashed(cut))).recovered)).toEqual({ a: "v1", c: "v2" });
    }
  });

  test("opens after a crash at any byte of its first moments", async () => {
    const files = memoryFiles();
    await open(files);
    const header = files.written.get(SEGMENT)!;
    for (let length = 0; length <= header.length; length++) {
      const { recovered } = await open(memoryFiles(new Map([[SEGMENT, header.subarray(0, length)]])));
      expect(recovered.revision).toBe(0);
    }
  });

  test("is shorter after a compaction, and the same", async () => {
    const files = memoryFiles();
    const { log } = await open(files);
    for (let revision = 1; revision <= 100; revision++) await log.append([put(revision, `k${revision % 5}`)]);
    expect(log.isLong()).toBe(true);
    const before = (await open(crashed(files))).recovered;
    await log.compact(100, before.values.values());
    expect(log.isLong()).toBe(false);
    expect([...files.written.keys()]).toEqual(["/state/0000000000000100.snapshot", "/state/0000000000000100.log"]);
    await log.append([put(101, "new")]);
    const { recovered } = await open(crashed(files));
    expect(recovered.revision).toBe(101);
    expect(valuesOf(recovered)).toEqual({ ...valuesOf(before), new: "v101" });
  });

  test("survives a crash in any step of a compaction", async () => {
    for (let steps = 0; ; steps++) {
      const files = memoryFiles();
      const { log } = await open(files);
      for (let revision = 1; revision <= 20; revision++) await log.append([put(revision, `k${revision % 3}`)]);
      const before = (await open(crashed(files))).recovered;
      let done = 0;
      files.fault = () => (done++ < steps ? undefined : new Error("crash"));
      const failed = await log.compact(20, before.values.values()).then(
        () => false,
        () => true,
      );
      const { recovered } = await open(crashed(files));
      expect([recovered.revision, valuesOf(recovered)]).toEqual([20, valuesOf(before)]);
      if (!failed) break;
    }
  });

  test("refuses damage that no crash can have made, and changes nothing", async () => {
    const files = memoryFiles();
    const { log } = await open(files);
    await log.append([put(1, "a")]);
    await log.compact(1, [put(1, "a")]);
    await log.append([put(2, "b")]);
    for (const file of files.written.keys()) {
      const copy = new Map([...files.written].map(([name, data]) => [name, Buffer.from(data)] as const));
      const damaged = copy.get(file)!;
      const at = file.endsWith(".snapshot") ? damaged.length - 3 : 3;
      damaged[at] = (damaged[at] as number) ^ 1;
      const broken = memoryFiles(copy);
      await expect(open(broken)).rejects.toMatchObject({ code: "E_STATE" });
      expect([...broken.written]).toEqual([...copy]);
    }
  });

  test("takes no more writes after one failed", async () => {
    for (const operation of ["write", "sync"] as const) {
      const files = memoryFiles();
      const { log } = await open(files);
      await log.append([put(1, "a")]);
      files.fault = (now) => (now === operation ? new Error("ENOSPC: no space left on device") : undefined);
      await expect(log.append([put(2, "b")])).rejects.toMatchObject({ code: "E_STATE" });
      files.fault = () => undefined;
      await expect(log.append([put(2, "b")])).rejects.toThrow("takes no more writes");
      expect(valuesOf((await open(crashed(files))).recovered)).toEqual({ a: "v1" });
    }
  });
});
