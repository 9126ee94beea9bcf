import { describe, expect, test } from "vitest";
import type { Action, ClassifiedChange, Language } from "../../../../src/dev/classify.ts";
import { notesOf } from "../../../../src/dev/loop/notes.ts";
import type { Outcome } from "../../../../src/dev/loop/outcome.ts";
import type { DevTarget } from "../../../../src/dev/loop/targets.ts";

const change = (path: string, action: Action, kind: "written" | "removed" = "written"): ClassifiedChange => ({
  ...{ path, kind, action, restart: false, reason: "says how the image is built" },
});

interface Case {
  readonly file?: string;
  readonly language?: Language;
  readonly path?: Outcome["path"];
  readonly state?: Outcome["state"];
  readonly buildConfiguration?: object;
}

const told = ({ file = "Dockerfile", language = "node", path = "rebuild", state = "ready", ...more }: Case) =>
  notesOf({
    target: { track: { spec: { buildTemplateSpec: more } } as unknown as DevTarget["track"] },
    language,
    decision: { changes: [change(file, "rebuild", "removed")] },
    saved: new Set([file]),
    outcome: { path, state },
  });

describe("of a Dockerfile that is deleted, a session", () => {
  test("says how the image is made from then on", () => {
    expect(told({})).toEqual(["no Dockerfile any more: built as Node.js"]);
    expect(told({ language: "static" })).toEqual(["no Dockerfile any more: built as a static site"]);
  });

  test("says no more than that when nothing was built", () => {
    expect(told({ state: "failed" })).toEqual(["no Dockerfile any more"]);
    expect(told({ language: "other" })).toEqual(["no Dockerfile any more"]);
  });

  test("says nothing where it did not decide what runs", () => {
    expect(told({ path: "restart" })).toEqual([]);
    expect(told({ file: "docs/Dockerfile" })).toEqual([]);
    expect(told({ buildConfiguration: { buildpack: { name: "Node.js" } } })).toEqual([]);
    expect(told({ buildConfiguration: { docker: { context: ".", dockerfilePath: "a.Dockerfile" } } })).toEqual([]);
  });
});

describe("of a save after one that failed, a session", () => {
  const again = (changes: readonly ClassifiedChange[], saved: string, path: Outcome["path"] = "rebuild") =>
    notesOf({
      target: { track: { spec: {} } as DevTarget["track"] },
      ...{ language: "node", decision: { changes }, saved: new Set([saved]), outcome: { path, state: "ready" } },
    });
  const [dockerfile, code] = [change("Dockerfile", "rebuild"), change("server.js", "sync")];

  test("says what it was built with", () => {
    expect(again([dockerfile, code], "server.js")).toEqual(["with Dockerfile, which failed before"]);
    expect(again([change("a.js", "sync"), dockerfile, change("yarn.lock", "rebuild"), code], "server.js")).toEqual([
      "with Dockerfile and 1 more, which failed before",
    ]);
    expect(again([change("a.js", "sync"), code], "server.js", "sync → restart")).toEqual([
      "with a.js, which failed before",
    ]);
  });

  test("says nothing when all of it was saved again, or concerns nothing that runs", () => {
    expect(again([dockerfile], "Dockerfile")).toEqual([]);
    expect(again([change("a_test.go", "ignore"), code], "server.js")).toEqual([]);
  });
});
