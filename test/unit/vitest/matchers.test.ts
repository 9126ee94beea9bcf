import { describe, expect, test } from "vitest";
import type { ComponentHandle } from "../../../src/library/platform.ts";
import { matchers } from "../../../src/vitest/matchers.ts";

const shop = (status: number, body: string): ComponentHandle =>
  ({ name: "shop", fetch: async () => new Response(body, { status }) }) as unknown as ComponentHandle;

describe("toServe", () => {
  test("passes with the answer that is wanted", async () => {
    expect(await matchers.toServe.call({}, shop(200, "open"), { text: /^op/ })).toMatchObject({ pass: true });
    expect(await matchers.toServe.call({}, shop(404, "gone"), { status: 404 })).toMatchObject({ pass: true });
  });

  test("waits as long as it is told to, and says what it was answered", async () => {
    const began = performance.now();
    const { pass, message } = await matchers.toServe.call({}, shop(503, "closed"), { timeoutMs: 50 });
    expect({ pass, said: message() }).toEqual({
      pass: false,
      said: "shop does not answer that way: it answers 503: closed",
    });
    // Without that it is 10 s.
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
