// Loaded into the processes of a history before their program: moves their wall clock and slows their disk as a file says.
// Both are simulated: Date is what the Clock seam reads, datasync is what the Files seam of the store calls.
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";

const file = process.env.CHOREO_TEST_FAULTS;
let faults = { clockMs: 0, syncMs: 0 };
const read = () => {
  try {
    faults = { ...faults, ...JSON.parse(readFileSync(file, "utf8")) };
  } catch {
    // No fault yet.
  }
};

if (file !== undefined) {
  read();
  process.on("SIGUSR2", read);
  const RealDate = globalThis.Date;
  globalThis.Date = class Date extends RealDate {
    constructor(...given) {
      if (given.length === 0) super(RealDate.now() + faults.clockMs);
      else super(...given);
    }
    static now() {
      return RealDate.now() + faults.clockMs;
    }
  };
  const handle = await open(fileURLToPath(import.meta.url));
  const FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const { datasync } = FileHandle;
  FileHandle.datasync = async function () {
    if (faults.syncMs > 0) await delay(faults.syncMs);
    return datasync.call(this);
  };
}
