import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { HEADER, folderWith, loadText, problemsIn, problemsOfText } from "./folder.ts";

const MULTI = "topology: multi-cluster\n";

describe("planes", () => {
  test("colocated takes exactly one data plane, and the error names the way out", async () => {
    const text =
      "planes:\n  data:\n    - { name: west, environments: [development, staging] }\n    - { name: east, environments: [production] }\n";
    expect(await problemsOfText(text)).toEqual([
      expect.stringMatching(/5:5 {2}planes\.data: .*exactly one data plane, here are 2.*multi-cluster$/),
    ]);
  });

  test.each(["control", "build"])("a data plane cannot be called %s", async (name) => {
    expect(await problemsOfText(`planes: { data: [{ name: ${name} }] }\n`)).toEqual([
      expect.stringMatching(/3:26 {2}planes\.data\[0\]\.name: .*reserved/),
    ]);
  });

  test("names, ports and placements are unique", async () => {
    const text = `${MULTI}planes:
  data:
    - { name: west, environments: [development, staging], gateway: { port: 9000 } }
    - { name: west, environments: [production, staging], gateway: { port: 9000 } }
`;
    expect(await problemsOfText(text)).toEqual([
      expect.stringMatching(/7:15 {2}planes\.data\[1\]\.name: "west" is there twice$/),
      expect.stringMatching(/7:48 {2}planes\.data\[1\]\.environments\[1\]: "staging" is placed on west already$/),
      expect.stringMatching(/7:75 {2}planes\.data\[1\]\.gateway\.port: 9000 is the port of west too$/),
    ]);
  });

  test("a cluster's name has to leave room for the node's", async () => {
    const platform = "p".repeat(30);
    const fits = "d".repeat(18);
    const text = (name: string): string => `name: ${platform}\n${MULTI}planes: { data: [{ name: ${name} }] }\n`;
    expect((await loadText(text(fits))).platform.planes.data[0]?.name).toBe(fits);
    expect(await problemsOfText(text(`${fits}d`))).toEqual([
      expect.stringMatching(/5:26 {2}planes\.data\[0\]\.name: .*50 characters, but 49 fit/),
    ]);
  });
});

describe("environments", () => {
  test("all go to the only data plane", async () => {
    const { platform } = await loadText(
      "planes: { data: [{ name: west }] }\nenvironments: [{ name: one }, { name: two }]\n",
    );
    expect(platform.environments.map(({ name, dataPlane, dnsPrefix }) => [name, dataPlane, dnsPrefix])).toEqual([
      ["one", "west", "one"],
      ["two", "west", "two"],
    ]);
  });

  test("with several data planes, those that are placed nowhere are named", async () => {
    const text = `${MULTI}planes:\n  data:\n    - { name: west, environments: [development] }\n    - { name: east }\n`;
    expect(await problemsOfText(text)).toEqual([
      expect.stringMatching(/6:5 {2}planes\.data: no data plane has staging, production: name them /),
    ]);
  });

  test("an unknown one is located, with what was probably meant", async () => {
    const text = "planes: { data: [{ name: west, environments: [development, stageing, production] }] }\n";
    expect(await problemsOfText(text)).toEqual([
      expect.stringMatching(/3:60 {2}planes\.data\[0\]\.environments\[1\]: .*"stageing"\. Did you mean "staging"\?$/),
    ]);
  });

  test("names are unique, and so are dnsPrefixes on one data plane", async () => {
    const text = "environments:\n  - { name: one }\n  - { name: one }\n  - { name: two, dnsPrefix: one }\n";
    expect(await problemsOfText(text)).toEqual([
      expect.stringMatching(/5:13 {2}environments\[1\]\.name: "one" is there twice$/),
      expect.stringMatching(/6:29 {2}environments\[2\]\.dnsPrefix: "one" is the dnsPrefix of one too/),
    ]);
  });

  test("two data planes may use one dnsPrefix", async () => {
    const text = `${MULTI}planes: { data: [{ name: west, environments: [a] }, { name: east, environments: [b] }] }
environments: [{ name: a, dnsPrefix: api }, { name: b, dnsPrefix: api }]\n`;
    expect((await loadText(text)).platform.environments.map(({ dnsPrefix }) => dnsPrefix)).toEqual(["api", "api"]);
  });
});

describe("paths", () => {
  test("each one that does not exist, or is there twice, is a problem of its own", async () => {
    const cwd = await folderWith({
      "choreo-dev.yaml": `${HEADER}components: [{ path: ./catalog }, { path: ./missing }, { path: catalog/ }]
resources:
  - extra.yaml
  - gone.yaml
network: { extraCAs: [ca.pem] }
`,
      "catalog/component.yaml": "",
      "extra.yaml": "",
    });
    expect(await problemsIn(loadConfig({ cwd, env: {} }))).toEqual([
      expect.stringMatching(/3:43 {2}components\[1\]\.path: \.\/missing does not exist/),
      expect.stringMatching(/3:64 {2}components\[2\]\.path: catalog\/ is there twice$/),
      expect.stringMatching(/6:5 {2}resources\[1\]: gone\.yaml does not exist/),
      expect.stringMatching(/7:23 {2}network\.extraCAs\[0\]: ca\.pem does not exist/),
    ]);
  });
});

test("a registry is there once", async () => {
  const one = "{ host: r.example.com, auth: { username: u, passwordEnv: P } }";
  expect(await problemsOfText(`registries:\n  - ${one}\n  - ${one}\n`)).toEqual([
    expect.stringMatching(/5:13 {2}registries\[1\]\.host: r\.example\.com is there twice$/),
  ]);
});

test("problems between fields are all reported together", async () => {
  const text = "planes: { data: [{ name: control, environments: [nowhere] }] }\nresources: [gone.yaml]\n";
  expect(await problemsOfText(text)).toHaveLength(4);
});

describe("platform components", () => {
  const component = (more: string): string => `platformComponents: [{ name: own, path: ., manifests: .${more} }]\n`;

  test("are complete with a name, a path and manifests", async () => {
    const { platform } = await loadText(component(""));
    expect(platform.platformComponents).toMatchObject([{ name: "own", dockerfile: "Dockerfile", plane: "control" }]);
  });

  test.each([
    ["platformComponents: [{ name: cilium, path: ., manifests: . }]\n", '"cilium" is an addon'],
    [component(", plane: buil"), 'there is no plane "buil". Did you mean "build"?'],
    [component(", build: []"), "platformComponents[0].build"],
    ["platformComponents: [{ name: own, path: nowhere, manifests: . }]\n", "nowhere does not exist"],
  ])("are refused with their place: %s", async (text, message) => {
    expect((await problemsOfText(text)).join("\n")).toContain(message);
  });
});
