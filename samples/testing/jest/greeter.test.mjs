import { startPlatform } from "choreo-dev";

/** @type {import("choreo-dev").RunningPlatform} */
let platform;

beforeAll(async () => {
  platform = await startPlatform({ components: { greeter: () => new Response("hello") } });
});
afterAll(() => platform[Symbol.asyncDispose]());

test("the greeter answers", async () => {
  const answer = await platform.fetch("greeter");
  expect(await answer.text()).toBe("hello");
});

test("its deployment is ready", async () => {
  const { status } = await platform.waitFor({ kind: "Deployment", name: "greeter-development" }, "Ready");
  expect(status.conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
});
