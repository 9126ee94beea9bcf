import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createNdjsonView } from "../../../../src/cli/render/ndjson.ts";
import { createPlainView } from "../../../../src/cli/render/plain.ts";
import { createTasksView } from "../../../../src/cli/render/tasks.ts";
import { openView } from "../../../../src/cli/render/view.ts";
import type { View } from "../../../../src/cli/render/view.ts";
import type { Event } from "../../../../src/run/events.ts";
import { FAILURE, SUCCESS } from "../../../helpers/recorded-events.ts";
import { FakeOutput } from "../../../helpers/run-main.ts";

const play = async (view: View, events: readonly Event[]): Promise<void> => {
  for (const event of events) view.show(event);
  await view.end();
};

/** What a terminal shows in the end: knows line feeds, "up", "erase line" and "to the first column". */
const finalScreen = (text: string): string => {
  const lines: string[] = [""];
  let row = 0;
  // oxlint-disable-next-line no-control-regex -- it takes escape sequences and texts apart
  for (const [token, control] of text.matchAll(/\u001B\[[0-9;?]*([A-Za-z])|\n|[^\u001B\n]+/g)) {
    if (token === "\n") lines[++row] ??= "";
    else if (control === "A") row = Math.max(0, row - 1);
    else if (control === "K") lines[row] = "";
    else if (control === undefined) lines[row] += token;
  }
  return lines.join("\n");
};

describe("the live view", () => {
  test.each([
    ["works", SUCCESS],
    ["fails", FAILURE],
  ])("ends with one line per group when up %s", async (_, events) => {
    const stderr = new FakeOutput(100);
    await play(createTasksView({ stderr, env: {} }, "Ready"), events);
    expect(finalScreen(stderr.text)).toMatchSnapshot();
  });

  test("says nothing about groups that have not started", async () => {
    const stderr = new FakeOutput(100);
    const view = createTasksView({ stderr, env: {} }, "Ready");
    for (const event of SUCCESS.slice(0, 3)) view.show(event);
    await delay(0);
    await view.end();
    expect(finalScreen(stderr.text)).toContain("clusters");
    expect(finalScreen(stderr.text)).not.toContain("cilium");
  });

  test("stays within a narrow terminal", async () => {
    const stderr = new FakeOutput(60);
    await play(createTasksView({ stderr, env: {} }, "Ready"), SUCCESS.slice(0, -1));
    const lines = finalScreen(stderr.text).split("\n");
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
  });
});

describe("plain lines", () => {
  test.each([
    ["works", SUCCESS],
    ["fails", FAILURE],
  ])("tell the story of an up that %s", async (_, events) => {
    const stderr = new FakeOutput();
    await play(createPlainView({ stderr, env: {} }, "Ready"), events);
    expect(stderr.text).toMatchSnapshot();
  });

  test("say so when there was nothing to do", async () => {
    const stderr = new FakeOutput();
    const done: Event = { at: 0, type: "done", ms: 400, steps: 0, criticalPath: [], urls: [] };
    await play(createPlainView({ stderr, env: {} }, "Ready"), [{ at: 0, type: "plan", steps: [] }, done]);
    expect(stderr.text).toMatch(/nothing to do/i);
  });
});

describe("NDJSON", () => {
  test("is every event as it was, one a line", async () => {
    const stdout = new FakeOutput();
    await play(createNdjsonView({ stdout }), SUCCESS);
    expect(
      stdout.text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(SUCCESS);
  });

  test("never holds a password", async () => {
    const stdout = new FakeOutput();
    const message = "pulling https://user:hunter2@registry.example/image";
    await play(createNdjsonView({ stdout }), [{ at: 0, type: "step-progress", step: "images", message }]);
    expect(stdout.text).not.toContain("hunter2");
    expect(JSON.parse(stdout.text)).toMatchObject({ step: "images" });
  });
});

describe("the choice of a view", () => {
  const written = async (
    env: NodeJS.ProcessEnv,
    columns: number | undefined,
    format: "text" | "ndjson",
  ): Promise<string> => {
    const stdout = new FakeOutput(columns);
    const stderr = new FakeOutput(columns);
    const { stdin } = process;
    const view = await openView({ stdin, stdout, stderr, env, cwd: "/" }, format, "Ready");
    for (const { at: _, ...body } of SUCCESS) view.emit(body);
    await view.end();
    if (stdout.text !== "") return "ndjson";
    return stderr.text.includes("start   clusters") ? "plain" : "live";
  };

  test("is live only where a person watches a terminal that can redraw", async () => {
    expect(await written({}, 80, "text")).toBe("live");
    expect(await written({ CI: "true" }, 80, "text")).toBe("plain");
    expect(await written({ TERM: "dumb" }, 80, "text")).toBe("plain");
    expect(await written({}, undefined, "text")).toBe("plain");
    expect(await written({}, 80, "ndjson")).toBe("ndjson");
  });
});
