import { describe, expect, test } from "vitest";
import { LABELS, claimIdentity, networkName, newIdentity, ownerOf } from "../../../src/planes/identity.ts";
import { samplePlatform } from "../../helpers/platform.ts";

const platform = samplePlatform();
const labels = {
  [LABELS.platform]: platform.name,
  [LABELS.id]: "0123456789abcdef",
  [LABELS.owner]: ownerOf(platform),
};
const TAKEN = expect.objectContaining({ code: "E_NAME_TAKEN" });

describe("the identity of a platform", () => {
  test("is new for each platform and names its configuration file", () => {
    const [one, other] = [newIdentity(platform), newIdentity(platform)];
    expect(one.owner).toBe("/home/dev/shop/choreo-dev.yaml");
    expect(one.id).not.toBe(other.id);
  });

  test("names the folder when there is no file", () => {
    expect(ownerOf(samplePlatform({ file: undefined }))).toBe("/home/dev/shop");
  });

  test("is read from the labels of the network", () => {
    expect(claimIdentity(platform, labels, false)).toEqual({
      id: "0123456789abcdef",
      owner: "/home/dev/shop/choreo-dev.yaml",
    });
  });

  test("stays with its folder when a configuration file is written later, or is called otherwise", () => {
    for (const owner of ["/home/dev/shop", "/home/dev/shop/other.yaml"])
      expect(claimIdentity(platform, { ...labels, [LABELS.owner]: owner }, false).owner).toBe(owner);
    for (const owner of [
      "/home/dev",
      "/home/dev/shop/sub",
      "/home/dev/shop/sub/choreo-dev.yaml",
      "/home/dev/shop.yaml",
    ])
      expect(() => claimIdentity(platform, { ...labels, [LABELS.owner]: owner }, false)).toThrow(TAKEN);
  });

  test("of another folder is E_NAME_TAKEN, unless the user named the platform", () => {
    const foreign = { ...labels, [LABELS.owner]: "/home/dev/other/choreo-dev.yaml" };
    expect(() => claimIdentity(platform, foreign, false)).toThrow(TAKEN);
    expect(claimIdentity(platform, foreign, true).owner).toBe("/home/dev/other/choreo-dev.yaml");
  });

  test.each([
    ["no labels", {}],
    ["the labels of another platform", { ...labels, [LABELS.platform]: "other" }],
    ["no id", { [LABELS.platform]: platform.name, [LABELS.owner]: ownerOf(platform) }],
  ])("cannot be claimed from a network with %s, not even by name", (_what, given) => {
    expect(() => claimIdentity(platform, given, false)).toThrow(TAKEN);
    expect(() => claimIdentity(platform, given, true)).toThrow(TAKEN);
  });

  test("gives every platform a network of its own", () => {
    expect(networkName("shop")).not.toBe(networkName("shop2"));
  });
});
