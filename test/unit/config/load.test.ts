import { mkdir } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { HEADER, folderWith, problemsIn, problemsOfText } from "./folder.ts";

describe("without a file", () => {
  test("the defaults make a colocated platform with three environments on one data plane", async () => {
    const cwd = await folderWith({});
    const { platform, deliberate } = await loadConfig({ cwd, env: {} });
    expect(platform).toEqual({
      name: "shop",
      file: undefined,
      dir: cwd,
      engine: "auto",
      topology: "colocated",
      kubernetes: { nodeImage: undefined },
      planes: {
        control: { context: undefined },
        data: [
          {
            name: "default-dataplane",
            region: undefined,
            environments: ["development", "staging", "production"],
            gateway: { port: undefined },
            context: undefined,
          },
        ],
        build: { context: undefined },
      },
      environments: [
        { name: "development", dnsPrefix: "dev", isProduction: false, dataPlane: "default-dataplane" },
        { name: "staging", dnsPrefix: "staging", isProduction: false, dataPlane: "default-dataplane" },
        { name: "production", dnsPrefix: "prod", isProduction: true, dataPlane: "default-dataplane" },
      ],
      addons: {
        cilium: { enabled: true, values: {} },
        "argo-workflows": { enabled: true, values: {} },
        buildkit: { enabled: true, values: {} },
        gateway: { enabled: true, values: {} },
      },
      components: [],
      platformComponents: [],
      resources: [],
      secrets: { mode: "local", file: path.join(cwd, "choreo.secrets.yaml") },
      network: {
        pool: "10.160.0.0/12",
        extraCAs: [],
        proxy: { http: undefined, https: undefined, no: [] },
      },
      registries: [],
    });
    expect(deliberate).toBe(false);
  });

  test.each(["", "# nothing yet\n", "---\n", "\ufeff"])("an empty file (%j) means the same", async (text) => {
    const cwd = await folderWith({ "choreo-dev.yaml": text });
    const { platform } = await loadConfig({ cwd, env: {} });
    expect(platform).toMatchObject({ name: "shop", topology: "colocated", file: path.join(cwd, "choreo-dev.yaml") });
  });

  test("multi-cluster by a flag has one data plane", async () => {
    const { platform } = await loadConfig({ cwd: await folderWith({}), env: {}, topology: "multi-cluster" });
    expect(platform.planes.data.map(({ name }) => name)).toEqual(["default-dataplane"]);
  });
});

describe("finding the file", () => {
  test.each(["choreo-dev.yaml", "choreo-dev.yml", ".choreo-dev.yaml", ".choreo-dev.yml"])("%s counts", async (name) => {
    const cwd = await folderWith({ [name]: `${HEADER}name: here\n` });
    expect((await loadConfig({ cwd, env: {} })).platform.name).toBe("here");
  });

  test("a parent's file counts inside a Git repository, and relative paths start from it", async () => {
    const root = await folderWith({
      ".git/HEAD": "",
      "choreo-dev.yaml": `${HEADER}name: above\nresources: [./extra]\n`,
      "extra/a.yaml": "",
      "src/deep/file": "",
    });
    const { platform } = await loadConfig({ cwd: path.join(root, "src/deep"), env: {} });
    expect(platform).toMatchObject({ name: "above", dir: root, resources: [path.join(root, "extra")] });
  });

  test("nothing above the repository's root counts", async () => {
    const root = await folderWith({ "choreo-dev.yaml": `${HEADER}name: outside\n`, "repo/.git": "gitdir: elsewhere" });
    expect((await loadConfig({ cwd: path.join(root, "repo"), env: {} })).platform.name).toBe("repo");
  });

  test("outside a repository a parent's file does not count", async () => {
    const root = await folderWith({ "choreo-dev.yaml": `${HEADER}name: somebody\n`, "mine/file": "" });
    expect((await loadConfig({ cwd: path.join(root, "mine"), env: {} })).platform.name).toBe("mine");
  });

  test("two files in one folder are refused", async () => {
    const cwd = await folderWith({ "choreo-dev.yaml": HEADER, "choreo-dev.yml": HEADER });
    await expect(loadConfig({ cwd, env: {} })).rejects.toMatchObject({ code: "E_CONFIG", exitCode: 2 });
  });

  test("a file that was named but is not there, or is a folder, is refused", async () => {
    const cwd = await folderWith({});
    await mkdir(path.join(cwd, "folder.yaml"));
    for (const file of ["missing.yaml", "folder.yaml"])
      await expect(loadConfig({ cwd, file, env: {} })).rejects.toMatchObject({ code: "E_CONFIG" });
  });
});

describe("problems of form", () => {
  test("all of them are reported at once, with their places and what was probably meant", async () => {
    const cwd = await folderWith({
      "shop.yaml": `${HEADER}topology: "multicluster"
planes:
  data:
    - { name: us-west-2, environments: [development, staging] }
    - { name: eu-central-1, enviroments: [production], gateway: { port: 80 } }
    - { region: north }
secrets: [local]
network:
  pool: 10.0.0.0/24
`,
    });
    const error = loadConfig({ cwd, file: "shop.yaml", env: {} });
    await expect(error).rejects.toMatchObject({ exitCode: 2, message: "6 problems in shop.yaml" });
    expect(await problemsIn(error)).toEqual([
      'shop.yaml:3:11  topology: "multicluster" is not one of colocated, multi-cluster. Did you mean "multi-cluster"?',
      'shop.yaml:7:29  planes.data[1].enviroments: unknown key. Did you mean "environments"?',
      "shop.yaml:7:73  planes.data[1].gateway.port: has to be 1024 or more",
      "shop.yaml:8:7  planes.data[2].name: is missing",
      "shop.yaml:9:10  secrets: has to be a map",
      'shop.yaml:11:9  network.pool: "10.0.0.0/24" has to be an IPv4 range of /8 to /16, like 10.160.0.0/12',
    ]);
  });

  test.each([
    ["name: 2048", "choreo-dev.yaml:3:7  name: has to be a string: put 2048 in quotes"],
    ["name: My Shop", /3:7 {2}name: "My Shop" has to be .*for example "my-shop-[0-9a-f]{6}"$/],
    [`name: ${"a".repeat(31)}`, /3:7 {2}name: .* at most 30 characters/],
    ["planes:", "choreo-dev.yaml:3:8  planes: has no value: give it one or remove it"],
    ["planes: { data: [] }", "choreo-dev.yaml:3:17  planes.data: is an empty list: fill or remove it"],
    ["planes: { data: [{ name: Bad_Name }] }", /3:26 {2}planes\.data\[0\]\.name: "Bad_Name" has to be /],
    ["addons: { cilum: {} }", /3:11 {2}addons\.cilum: unknown key\. Did you mean "cilium"\?$/],
    ["addons: { cilium: { enabled: yes } }", /3:30 {2}addons\.cilium\.enabled: has to be true or false$/],
    ["unrelated: 1", /3:1 {2}unrelated: unknown key\. Known: apiVersion, kind, name, .*registries$/],
    ["network: { pool: 10.161.0.0/12 }", /3:18 {2}network\.pool: .* write 10\.160\.0\.0\/12$/],
    ["network: { pool: 10.300.0.0/12 }", /3:18 {2}network\.pool: .* has to be an IPv4 range/],
    ["network: { proxy: { http: proxy:3128 } }", /3:27 {2}network\.proxy\.http: has to be a URL/],
    [
      "registries: [{ host: https://r.example.com, auth: { username: u, passwordEnv: P } }]",
      /3:22 {2}registries\[0\]\.host: /,
    ],
  ])("%s", async (text, problem) => {
    const problems = await problemsOfText(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  test("a password that was written where its variable's name belongs is not repeated", async () => {
    const [problem = ""] = await problemsOfText(
      'registries: [{ host: r.example.com, auth: { username: u, passwordEnv: "hunter2!" } }]',
    );
    expect(problem).toMatch(/3:71 {2}registries\[0\]\.auth\.passwordEnv: /);
    expect(problem).not.toContain("hunter2");
  });
});

describe("the header", () => {
  test.each([
    ["name: shop\n", ["1:1", "1:1"], ["apiVersion", "kind"]],
    ["apiVersion: choreo-dev/v1\nkind: Platform\nnonsense: 1\n", ["1:13"], ["apiVersion"]],
    ["apiVersion: choreo-dev/v1alpha1\nkind: Cluster\nnonsense: 1\n", ["2:7"], ["kind"]],
    ["- a list\n", ["1:1"], [""]],
    ["just text\n", ["1:1"], [""]],
  ])("%j is judged before all else", async (text, places, keys) => {
    const cwd = await folderWith({ "choreo-dev.yaml": text });
    const problems = await problemsIn(loadConfig({ cwd, env: {} }));
    expect(problems.map((line) => line.split(/ +/)[0])).toEqual(places.map((place) => `choreo-dev.yaml:${place}`));
    for (const [index, key] of keys.entries()) expect(problems[index]).toContain(`  ${key}`);
  });
});

describe("problems of YAML", () => {
  test.each([
    ["name: [a\n", /^choreo-dev\.yaml:4:1 {2}/],
    ["name: a\nname: b\n", /^choreo-dev\.yaml:4:1 {2}name: is there twice$/],
    ["planes:\n\tdata: []\n", /^choreo-dev\.yaml:4:1 {2}/],
    ["name: a\n---\nname: b\n", /^choreo-dev\.yaml:4:1 {2}/],
    ["name: *nobody\n", /^choreo-dev\.yaml:3:7 {2}/],
    ["name: !secret a\n", /^choreo-dev\.yaml:3:7 {2}/],
  ])("%j is located", async (text, problem) => {
    const problems = await problemsOfText(text);
    expect(problems[0]).toMatch(problem);
  });

  test("a bomb of aliases is refused", async () => {
    const levels = Array.from({ length: 12 }, (_, n) => `- &l${n + 1} [${`*l${n}, `.repeat(9)}*l${n}]`).join("\n");
    expect(await problemsOfText(`resources:\n- &l0 [x]\n${levels}\n`)).toHaveLength(1);
  });
});

describe("a file elsewhere", () => {
  test("is shown as the user would type it", async () => {
    const root = await folderWith({ ".git/HEAD": "", "choreo-dev.yaml": `${HEADER}nam: x\n`, "src/file": "" });
    const [problem] = await problemsIn(loadConfig({ cwd: path.join(root, "src"), env: {} }));
    expect(problem).toMatch(/^\.\.\/choreo-dev\.yaml:3:1 {2}nam: /);
  });
});
