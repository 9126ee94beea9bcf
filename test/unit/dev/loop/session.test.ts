import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Classification } from "../../../../src/dev/classify.ts";
import type { Outcome } from "../../../../src/dev/loop/outcome.ts";
import { type DevEvent, runSession } from "../../../../src/dev/loop/session.ts";
import type { DevTarget } from "../../../../src/dev/loop/targets.ts";
import { ChoreoError } from "../../../../src/lib/errors.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";
import { untilTrue } from "../../../helpers/until.ts";

const READY: Outcome = { path: "restart", state: "ready", phases: [["start", 1]] };
const NOTHING: Outcome = { path: "nothing", state: "ready", phases: [] };

interface Running {
  readonly folder: string;
  readonly events: DevEvent[];
  readonly decisions: (Classification | undefined)[];
  write(file: string, text: string): void;
  until(what: string, holds: () => boolean): Promise<void>;
  end(): Promise<void>;
}

/** A session over one folder; `deploy` decides what becomes of each change. */
const start = async (deploy: (decision: Classification | undefined) => Promise<Outcome>): Promise<Running> => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "server.js"), "1");
  const events: DevEvent[] = [];
  const decisions: Running["decisions"] = [];
  const ending = new AbortController();
  const target = { name: "api", folder, track: { spec: {} } } as DevTarget;
  const session = runSession({
    targets: [target],
    signal: ending.signal,
    emit: (event) => events.push(event),
    deploy: (_target, decision) => {
      decisions.push(decision);
      return deploy(decision);
    },
  });
  const until = (what: string, holds: () => boolean): Promise<void> =>
    untilTrue(what, async () => (holds() ? true : undefined), 10_000).then(() => undefined);
  await until("the watch", () => events.length > 0);
  return {
    ...{ folder, events, decisions, until },
    write: (file, text) => {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    },
    end: async () => {
      ending.abort();
      await session;
    },
  };
};

const changed = (events: readonly DevEvent[]): string[][] =>
  events.flatMap((event) => (event.type === "change" ? [event.changes.map(({ path: file }) => file)] : []));

describe("a dev session", () => {
  test("deploys what is on disk first, then each change with what it asks for", async () => {
    const session = await start(async (decision) => (decision === undefined ? NOTHING : READY));
    expect(session.events[0]).toMatchObject({ type: "watching", component: "api", files: 1 });
    expect(session.decisions).toEqual([undefined]);
    session.write("server.js", "2");
    await session.until("the change", () => changed(session.events).length === 1);
    session.write("package-lock.json", "{}");
    await session.until("the second change", () => changed(session.events).length === 2);
    await session.end();
    expect(changed(session.events)).toEqual([["server.js"], ["package-lock.json"]]);
    expect(session.decisions.slice(1).map((decision) => [decision?.action, decision?.restart])).toEqual([
      ["sync", true],
      ["rebuild", false],
    ]);
    const [change] = session.events.filter((event) => event.type === "change");
    expect(change?.outcome.phases.map(([phase]) => phase)).toEqual(["watch", "start"]);
  });

  test("has another image made when the Dockerfile is deleted, and says how", async () => {
    const session = await start(async (decision) => ({
      ...READY,
      path: decision?.action === "rebuild" ? "rebuild" : "restart",
    }));
    session.write("Dockerfile", "FROM scratch");
    await session.until("the Dockerfile", () => changed(session.events).flat().includes("Dockerfile"));
    rmSync(path.join(session.folder, "Dockerfile"));
    await session.until(
      "its end",
      () =>
        changed(session.events)
          .flat()
          .filter((file) => file === "Dockerfile").length === 2,
    );
    await session.end();
    expect(session.decisions.slice(1).map((decision) => decision?.action)).toEqual(["rebuild", "rebuild"]);
    expect(session.events.at(-1)).toMatchObject({ outcome: { notes: ["no Dockerfile any more: built as Node.js"] } });
  });

  test("deploys one change at a time; what is saved meanwhile is the next one", async () => {
    let under = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    const session = await start(async (decision) => {
      if (decision === undefined) return NOTHING;
      most = Math.max(most, ++under);
      await new Promise<void>((resolve) => gates.push(resolve));
      under--;
      return READY;
    });
    session.write("server.js", "2");
    await session.until("the first deployment", () => gates.length === 1);
    session.write("a.js", "1");
    session.write("b.js", "1");
    await session.until("both to be deployed", () => {
      gates.shift()?.();
      return ["a.js", "b.js"].every((file) => changed(session.events).flat().includes(file));
    });
    await session.end();
    expect(most).toBe(1);
    expect(changed(session.events)[0]).toEqual(["server.js"]);
    expect(changed(session.events).slice(1).flat().toSorted()).toEqual(["a.js", "b.js"]);
  });

  test("goes on after a deployment that failed in itself", async () => {
    let calls = 0;
    const session = await start(async () => {
      if (++calls === 2)
        throw new ChoreoError("E_IMAGE", "the registry takes nothing", { why: "its disk is full", fix: "free some" });
      return calls === 1 ? NOTHING : READY;
    });
    session.write("server.js", "2");
    await session.until("the failure", () => changed(session.events).length === 1);
    expect(session.events.at(-1)).toMatchObject({
      outcome: { state: "failed", message: "the registry takes nothing\nits disk is full\nnext: free some" },
    });
    session.write("other.js", "3");
    await session.until("the next change", () => changed(session.events).length === 2);
    await session.end();
    // What was not deployed is not forgotten.
    expect(session.decisions.at(-1)?.changes.map(({ path: file }) => file)).toEqual(["server.js", "other.js"]);
  });

  test("says nothing about a save without a change, and tells when the folder is gone", async () => {
    const session = await start(async (decision) => (decision === undefined ? NOTHING : READY));
    session.write("server.js", "2");
    await session.until("the change", () => changed(session.events).length === 1);
    session.write("server.js", "2");
    rmSync(session.folder, { recursive: true });
    await session.until("the loss", () => session.events.some(({ type }) => type === "trouble"));
    await session.end();
    expect(changed(session.events)[0]).toEqual(["server.js"]);
  });

  test("brings what a build has failed with again with the next save", async () => {
    const FAILED: Outcome = { path: "rebuild", state: "failed", phases: [], message: "no such package" };
    const running = await start(async (decision) =>
      decision?.changes.some(({ path: file }) => file === "fix.js") === true ? READY : FAILED,
    );
    running.write("package.json", "{}");
    await running.until("the failure", () => changed(running.events).length > 1);
    running.write("fix.js", "1");
    await running.until("the next", () => running.decisions.length > 2);
    await running.end();
    expect(running.decisions[2]?.changes.map(({ path: file }) => file)).toEqual(["package.json", "fix.js"]);
    expect(changed(running.events).at(-1)).toEqual(["fix.js"]);
    expect(running.events.at(-1)).toMatchObject({ outcome: { notes: ["with package.json, which failed before"] } });
  });
});
