import { platformTest } from "choreo-dev/vitest";
import { describe, expect } from "vitest";

const prices = [{ name: "tea", price: 3 }];

// One platform for the file; each test finds it as it was when it was made.
const test = platformTest({
  scope: "file",
  isolation: "snapshot",
  components: { catalog: () => Response.json(prices) },
});

describe("catalog", () => {
  test("answers in development", async ({ platform }) => {
    await expect(platform.component("catalog")).toBeReady({ environment: "development" });
    const answer = await platform.fetch("catalog", "/prices", { environment: "development" });
    expect(await answer.json()).toEqual(prices);
  });

  test("is replaced while it serves", async ({ platform }) => {
    await platform.serve("catalog", () => new Response("sold out", { status: 404 }));
    await expect(platform.component("catalog")).toServe({ status: 404, text: "sold out" });
    const deployment = await platform.waitFor({ kind: "Deployment", name: "catalog-development" }, "Ready");
    expect(deployment).toHaveCondition("Ready");
    expect(deployment).not.toHaveCondition("Ready", { status: "False" });
  });

  test("has its prices again", async ({ platform }) => {
    await expect(platform.component("catalog")).toServe({ path: "/prices", text: "tea" });
  });
});
