import { expect, test } from "vitest";
import { openLog } from "../../../../../src/engine/embedded/store/log.ts";
import { readLog } from "../../../../../src/engine/embedded/store/read-log.ts";
import { memoryFiles } from "../../../../helpers/memory-files.ts";

const OPTIONS = { dir: "/state", durability: "sync", segmentBytes: 1000 } as const;
const pairs = (records: Awaited<ReturnType<typeof readLog>>): string[] =>
  records.map(({ key, value }) => `${key}=${value}`).sort();

test("the last values of a log can be read beside its writer, from a snapshot and what came after it", async () => {
  const files = memoryFiles();
  const { log } = await openLog({ ...OPTIONS, files });
  const put = (revision: number, key: string): { revision: number; key: string; value: string } => ({
    revision,
    key,
    value: `v${revision}`,
  });
  await log.append([put(1, "a"), put(2, "b"), put(3, "c")]);
  await log.compact(3, [put(1, "a"), put(2, "b"), put(3, "c")]);
  await log.append([put(4, "b"), { revision: 5, key: "c", value: undefined }]);
  const before = new Map(files.written);
  expect(pairs(await readLog("/state", files))).toEqual(["a=v1", "b=v4"]);
  expect(files.written).toEqual(before);
});

test("of a log that is cut off or damaged everything before the damage can be read", async () => {
  const files = memoryFiles();
  const { log } = await openLog({ ...OPTIONS, files });
  await log.append([{ revision: 1, key: "a", value: "v1" }]);
  await log.append([{ revision: 2, key: "b", value: "v2" }]);
  const name = "/state/0000000000000000.log";
  const whole = files.written.get(name)!;
  const cut = memoryFiles(new Map([[name, whole.subarray(0, whole.length - 3)]]));
  expect(pairs(await readLog("/state", cut))).toEqual(["a=v1"]);
});
