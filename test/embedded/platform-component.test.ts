import { afterAll, beforeAll, describe, test } from "vitest";
import { type DevSession, startDevSession } from "../acceptance/dev-session.ts";
import {
  checkChangedByUp,
  checkInstalled,
  checkRemoved,
  checkSaved,
  copyPlatformComponent,
  PLATFORM_COMPONENT,
} from "../acceptance/platform-component.ts";
import { createWorld } from "../acceptance/world.ts";
import { untilTrue } from "../helpers/until.ts";

/** In order: each test goes on with the platform of the one before. */
describe("a part of the platform that is built from source, on the embedded engine", () => {
  const world = createWorld("embedded", "part");
  let session: DevSession | undefined;
  afterAll(() => session?.end());

  beforeAll(async () => {
    copyPlatformComponent(world);
    world.configure(PLATFORM_COMPONENT);
    await world.box.ok(["up"]);
  });

  test("works with its service account when up returns; a second up has nothing to do", () => checkInstalled(world));

  test("is rolled out again by up when it is another one, and plan says so", () => checkChangedByUp(world));

  test("is rolled out on every save by dev; what does not start changes nothing, and the next save heals", async () => {
    const dev = startDevSession(world);
    session = dev;
    await untilTrue("the watch", async () => (dev.events.some(({ type }) => type === "watching") ? true : undefined));
    await checkSaved(world, dev);
    await dev.end();
  });

  test("is removed with everything that it brought when it is taken out of the file", async () => {
    world.configure();
    await checkRemoved(world);
  });
});
