import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { type DevSession, startDevSession } from "../acceptance/dev-session.ts";
import {
  checkDeployOfArtifacts,
  checkFirstUrl,
  checkTask,
  serverProgram,
  shopServer,
} from "../acceptance/from-folder.ts";
import { createWorld } from "../acceptance/world.ts";
import { untilTrue } from "../helpers/until.ts";

/** In order: each test goes on with what the one before deployed. */
describe("from a folder with a server.js, on the embedded engine", () => {
  const world = createWorld("embedded", "loop");
  let session: DevSession | undefined;
  afterAll(() => session?.end());

  test("init, up and build lead to a URL that answers", () => checkFirstUrl(world));

  test("deploy points any environment to any artifact, and tells what was there before", () =>
    checkDeployOfArtifacts(world));

  test("run runs a task once: its log, and its exit status", () => checkTask(world));

  test("up --watch goes on with the dev loop of every component", async () => {
    const dev = startDevSession(world, "up", "--watch");
    session = dev;
    await untilTrue("both watches", async () =>
      dev.events.filter(({ type }) => type === "watching").length === 2 ? true : undefined,
    );
    await dev.change("shop", () => writeFileSync(shopServer(world), serverProgram("three")));
    expect((await world.ask("shop", "development")).body).toBe("three");
    expect(await dev.end()).toBe(130);
  });
});
