import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadManifests } from "../../../../src/cli/resources/manifests.ts";
import { processIo } from "../../../../src/cli/io.ts";
import { loadConfig } from "../../../../src/config/load.ts";
import { describedEndpoints } from "../../../../src/controller/build/descriptor.ts";
import { KINDS } from "../../../../src/crds/definitions.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";
import { type MainResult, runMain } from "../../../helpers/run-main.ts";

const SERVER = "require('node:http').createServer().listen(3000);\n";

interface Folder {
  readonly dir: string;
  init(...args: string[]): Promise<MainResult>;
  read(file: string): string;
}

const folder = (files: Readonly<Record<string, string>>): Folder => {
  const dir = path.join(temporaryFolder(), "My Shop");
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), text);
  }
  mkdirSync(dir, { recursive: true });
  return {
    dir,
    init: (...args) => runMain(["init", ...args], { cwd: dir }),
    read: (file) => readFileSync(path.join(dir, file), "utf8"),
  };
};

/** As `apply` reads and checks them: kind, name, and whether the kind's own schema takes the spec. */
const resources = async (dir: string, file = "resources.yaml"): Promise<unknown[]> => {
  const found = await loadManifests([file], { ...processIo(), cwd: dir });
  return found.map(({ object }) => {
    const kind = KINDS.find((one) => one.kind === object.kind);
    const spec = kind?.spec.json.properties ?? {};
    expect(Object.keys(object["spec"] as object).filter((field) => !(field in spec))).toEqual([]);
    return [object.kind, object.metadata.name, object["spec"]];
  });
};

describe("init", () => {
  test("writes what apply and up take, for a program in a folder without anything else", async () => {
    const made = folder({ "server.js": SERVER });
    const { code, stdout, stderr } = await made.init();
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: [
        "wrote  resources.yaml            its Component and DeploymentTrack\n",
        "wrote  .choreo/component.yaml    its endpoint at port 3000\n",
        "wrote  choreo-dev.yaml           a platform with it\n",
      ].join(""),
    });
    expect(stderr).toContain("my-shop  Service, Node.js (server.js), port 3000 (server.js:1), no tests found\n");
    expect(stderr).toMatch(/next {2}choreo-dev up .*\n {6}choreo-dev build my-shop /);
    expect(await resources(made.dir)).toEqual([
      ["Component", "my-shop", { type: "Service", source: { local: { path: made.dir } } }],
      ["DeploymentTrack", "my-shop-main", { autoDeploy: true }],
    ]);
    const component = made.read(".choreo/component.yaml");
    expect(describedEndpoints({ component, endpoints: "", workload: "" })?.[0]?.spec).toMatchObject({
      service: { port: 3000, basePath: "/" },
      networkVisibilities: { public: { enable: true } },
    });
    const { platform } = await loadConfig({ cwd: made.dir, env: {} });
    expect(platform.components).toEqual([{ path: path.join(made.dir, "resources.yaml") }]);
  });

  test("overwrites nothing, and then writes nothing at all", async () => {
    const made = folder({ "server.js": SERVER, "resources.yaml": "mine\n" });
    const { code, stderr } = await made.init();
    expect(code).toBe(3);
    expect(stderr).toContain("resources.yaml is there already");
    expect(made.read("resources.yaml")).toBe("mine\n");
    expect(existsSync(path.join(made.dir, "choreo-dev.yaml"))).toBe(false);
  });

  test("leaves to the source what it says of itself, and to a platform's file its components", async () => {
    const config = "apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: shop\n";
    const files = {
      "choreo-dev.yaml": config,
      "api/app.py": "run(port=5000)\n",
      "api/.choreo/component.yaml": "mine\n",
    };
    const made = folder(files);
    const { stdout, stderr } = await made.init("api");
    expect(stdout).toContain("kept   api/.choreo/component.yaml");
    expect(made.read("api/.choreo/component.yaml")).toBe("mine\n");
    expect(made.read("choreo-dev.yaml")).toBe(config);
    expect(stderr).toContain("choreo-dev apply -f api/resources.yaml");
    expect(await resources(made.dir, "api/resources.yaml")).toMatchObject([
      ["Component", "api", { source: { local: { path: path.join(made.dir, "api") } } }],
      ["DeploymentTrack", "api-main", {}],
    ]);
  });

  test("takes the port and the tests from a Dockerfile, and a site for a web application", async () => {
    const dockerfile = 'FROM node:20 AS test\nRUN npm test\nFROM node:20\nEXPOSE 9090\nCMD ["node", "main.js"]\n';
    const image = folder({ Dockerfile: dockerfile, "main.js": "" });
    expect((await image.init()).stderr).toContain("port 9090 (Dockerfile), tests: the stage test of its Dockerfile");
    expect(existsSync(path.join(image.dir, ".choreo"))).toBe(false);
    const site = folder({ "index.html": "<p>hi</p>" });
    expect((await site.init()).stderr).toContain("WebApplication, static files (index.html)");
    expect(await resources(site.dir)).toMatchObject([["Component", "my-shop", { type: "WebApplication" }], {}]);
  });

  test("leaves the port to the image where the program takes it from PORT", async () => {
    const made = folder({ "server.js": "createServer().listen(process.env.PORT || 3000)" });
    expect((await made.init()).stderr).toContain("port 8080 (PORT, server.js:1)");
    expect(existsSync(path.join(made.dir, ".choreo"))).toBe(false);
  });

  test("makes tasks of programs that end, with no port", async () => {
    const made = folder({ "main.py": "print(1)\n", "test_main.py": "def test_one(): pass\n" });
    const { stderr } = await made.init("--type", "ManualTask", "--name", "report");
    expect(stderr).toContain("report  ManualTask, Python (main.py), tests: pytest");
    expect(await resources(made.dir)).toMatchObject([["Component", "report", { type: "ManualTask" }], {}]);
  });

  test.each([
    [{}, [], 2, "says how it is run"],
    [{ "main.js": "", "package.json": '{"main":"main.js"}' }, [], 2, "says which port it listens on"],
    [{ "server.js": SERVER }, ["elsewhere"], 2, "elsewhere cannot be read"],
    [{ "server.js": SERVER }, ["server.js"], 2, "is a file"],
    [{ "server.js": SERVER }, ["--name", "My_Shop"], 2, "--name my-shop"],
    [{ "server.js": SERVER }, ["--port", "70000"], 2, "1 to 65535"],
  ])("says what it cannot know: %j %j", async (files, args, code, text) => {
    const made = folder(files);
    const result = await made.init(...args);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toContain(text);
    expect(existsSync(path.join(made.dir, "choreo-dev.yaml"))).toBe(false);
  });
});
