import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { admitted } from "../../../src/planes/admission.ts";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-admission-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const { signal } = new AbortController();

test("where memory is short, platforms boot one after the other, and all of them do", async () => {
  let booting = 0;
  let most = 0;
  const boot = async (): Promise<void> => {
    await using _place = await admitted(dir, { signal, free: () => 0 });
    most = Math.max(most, ++booting);
    await new Promise(setImmediate);
    booting--;
  };
  await Promise.all(Array.from({ length: 6 }, boot));
  expect(most).toBe(1);
});

test("where there is plenty, several boot at once", async () => {
  const free = (): number => 64e9;
  const places = await Promise.all([admitted(dir, { signal, free }), admitted(dir, { signal, free })]);
  expect(places).toHaveLength(2);
  for (const place of places) await place[Symbol.asyncDispose]();
});

test("who waits can be interrupted", async () => {
  await using _place = await admitted(dir, { signal, free: () => 0 });
  const abort = new AbortController();
  const waiting = admitted(dir, { signal: abort.signal, free: () => 0 });
  abort.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});
