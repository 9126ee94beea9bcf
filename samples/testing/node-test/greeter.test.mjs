import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { platform, start, stop } from "./platform.mjs";

before(start);
after(stop);

test("the greeter answers", async () => {
  const answer = await platform.fetch("greeter");
  assert.equal(await answer.text(), "hello");
});

test("its deployment is ready", async () => {
  const { status } = await platform.waitFor({ kind: "Deployment", name: "greeter-development" }, "Ready");
  assert.ok(status);
});
