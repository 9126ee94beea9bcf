import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A new folder that goes with the test that asked for it. */
export const temporaryFolder = (): string => {
  const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-test-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};
