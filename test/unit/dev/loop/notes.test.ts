import { describe, expect, test } from "vitest";
import type { Language } from "../../../../src/dev/classify.ts";
import { notesOf } from "../../../../src/dev/loop/notes.ts";
import type { Outcome } from "../../../../src/dev/loop/outcome.ts";
import type { DevTarget } from "../../../../src/dev/loop/targets.ts";

const removed = (path: string) =>
  ({ path, kind: "removed", action: "rebuild", restart: false, reason: "says how the image is built" }) as const;

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
    decision: { changes: [removed(file)] },
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
