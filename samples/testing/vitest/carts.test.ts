import { platformTest } from "choreo-dev/vitest";
import { describe, expect } from "vitest";

// Tests that run at once: each takes a platform that was booted before, and gives it back as it was.
const test = platformTest({ pool: 2 });

describe.concurrent("a cart", () => {
  for (const customer of ["ann", "ben", "cem", "dot"]) {
    test(`of ${customer} has what ${customer} put there`, async ({ platform }) => {
      expect(await platform.component("cart").object()).toBeUndefined();
      await platform.serve("cart", () => new Response(`tea for ${customer}`));
      await expect(platform.component("cart")).toServe({ text: `tea for ${customer}` });
    });
  }
});
