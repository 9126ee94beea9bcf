import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { bounded } from "../../../../src/diagnostics/diagnostics.ts";
import { cliWorld } from "../../../helpers/cli-world.ts";
import type { MainResult } from "../../../helpers/run-main.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";

const event = (lastTimestamp: string, message: string): object => ({
  metadata: { name: message, creationTimestamp: "2030-01-01T00:00:00Z" },
  lastTimestamp,
  type: "Warning",
  reason: "BackOff",
  message,
  involvedObject: { kind: "Pod", name: "catalog-1" },
});

const collected = bounded("shop", "1.2.3", {
  parts: [
    {
      path: "journal.ndjson",
      text: [
        { type: "platform", name: "shop" },
        { type: "step-failed", step: "of an earlier run", ms: 1, error: { code: "E_KUBE", message: "old" } },
        { type: "platform", name: "shop" },
        { type: "step-failed", step: "addon/cilium", ms: 1, error: { code: "E_TIMEOUT", message: "too slow" } },
      ]
        .map((line) => JSON.stringify(line))
        .join("\n"),
    },
    {
      path: "supervisor/supervisor.log",
      text: "2030-01-01T00:00:00Z info  fine\n2030-01-01T00:00:01Z error it broke\n",
    },
    {
      path: "clusters/shop/events.json",
      text: JSON.stringify({ items: [event("2030-01-01T00:00:09Z", "newer"), event("2030-01-01T00:00:02Z", "older")] }),
    },
  ],
  missing: [{ path: "status.json", why: "Docker does not answer" }],
});

const shell = (): { dir: string; run: (...argv: string[]) => Promise<MainResult> } => {
  const world = cliWorld();
  const dir = temporaryFolder();
  const seams = { collectDiagnostics: async () => collected };
  return { dir, run: (...argv) => world.run(["diagnostics", ...argv], { cwd: dir, seams }) };
};

describe("diagnostics", () => {
  test("writes the archive that -o names, prints its path, and says what is not in it", async () => {
    const { dir, run } = shell();
    const { code, stdout, stderr } = await run("-o", "fail.tar.gz");
    expect([code, stdout]).toEqual([0, `${path.join(dir, "fail.tar.gz")}\n`]);
    expect(stderr).toContain("not in it  status.json: Docker does not answer");
  });

  test("chooses a name itself, and reports as JSON", async () => {
    const { run } = shell();
    const report = JSON.parse((await run("-o", "json")).stdout) as { kind: string; file: string; bytes: number };
    expect(report).toMatchObject({ kind: "DiagnosticsArchive", missing: [{ path: "status.json" }] });
    expect(existsSync(report.file)).toBe(true);
    expect(path.basename(report.file)).toMatch(/^choreo-dev-shop-\d{8}T\d{6}\.tar\.gz$/);
  });

  test("opens an archive: the errors of the last run, events oldest first, and what could not be had", async () => {
    const { run } = shell();
    await run("-o", "fail.tar.gz");
    const { stdout } = await run("open", "fail.tar.gz");
    expect(stdout).toContain("addon/cilium: E_TIMEOUT too slow");
    expect(stdout).toContain("error it broke");
    expect(stdout).not.toContain("of an earlier run");
    expect(stdout.indexOf("older")).toBeLessThan(stdout.indexOf("newer"));
    expect(stdout).toMatch(/status\.json +Docker does not answer/);
    const summary = JSON.parse((await run("open", "fail.tar.gz", "-o", "json")).stdout) as { events: unknown[] };
    expect(summary).toMatchObject({ kind: "DiagnosticsSummary", errors: [{ from: "journal.ndjson" }, {}] });
    expect(summary.events).toHaveLength(2);
  });

  test("prints one file of an archive, or unpacks all", async () => {
    const { dir, run } = shell();
    await run("-o", "fail.tar.gz");
    expect((await run("open", "fail.tar.gz", "--show", "supervisor/supervisor.log")).stdout).toContain("it broke");
    await run("open", "fail.tar.gz", "--unpack", "out");
    expect(readFileSync(path.join(dir, "out", "journal.ndjson"), "utf8")).toContain("too slow");
    expect(await run("open", "fail.tar.gz", "--show", "journal.ndjsn")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("did you mean journal.ndjson?"),
    });
    expect(await run("open", "fail.tar.gz", "--show", "status.json")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Docker does not answer"),
    });
  });

  test.each([[["open"]], [["open", "fail.tar.gz", "-o", "other.tar.gz"]], [["--show", "journal.ndjson"]]])(
    "refuses %j",
    async (argv) => {
      expect(await shell().run(...argv)).toMatchObject({ code: 2, stderr: expect.stringContaining("E_USAGE") });
    },
  );
});
