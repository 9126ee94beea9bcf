import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Change, type DevSession, startDevSession } from "../acceptance/dev-session.ts";
import { checkDeployOfArtifacts, checkFirstUrl, checkTask } from "../acceptance/from-folder.ts";
import {
  checkChangedByUp,
  checkInstalled,
  checkRemoved,
  checkSaved,
  copyPlatformComponent,
  PLATFORM_COMPONENT,
} from "../acceptance/platform-component.ts";
import { restartsOf } from "../acceptance/restarts.ts";
import { applySource, nodeProgram, type SourceComponent, sourceFile } from "../acceptance/source-component.ts";
import { createWorld } from "../acceptance/world.ts";
import { CHOREO_API } from "../../src/crds/labels.ts";
import type { Condition } from "../../src/k8s/types.ts";
import { docker } from "../helpers/docker.ts";
import { fillRegistry } from "../helpers/full-registry.ts";
import { killRegistryInPush } from "../helpers/lost-registry.ts";
import { untilTrue } from "../helpers/until.ts";

/** Its user is root; the build can be made to take its time. */
const nodeImage = (suffix: string, run = "true"): string =>
  `FROM docker.io/library/node:20-slim\nRUN ${run}\nENV SUFFIX="${suffix}"\nWORKDIR /app\nCOPY . .\nEXPOSE 8080\nCMD ["node", "server.js"]\n`;
const API: SourceComponent = {
  ...{ name: "api", type: "Service" },
  files: { Dockerfile: nodeImage("!"), "server.js": nodeProgram("one"), "prices.txt": "1 2 3 ".repeat(10_000) },
};
const PAGE_IMAGE =
  'FROM docker.io/library/busybox:1.37\nCOPY page.txt /www/index.html\nEXPOSE 8080\nCMD ["httpd", "-f", "-p", "8080", "-h", "/www"]\n';
/** Nothing but its Dockerfile says how it is built. */
const PAGE: SourceComponent = {
  ...{ name: "page", type: "Service" },
  files: { Dockerfile: PAGE_IMAGE, "page.txt": "page one" },
};

/** In order: each test goes on with the platform of the one before. */
describe("from source, on kind", () => {
  const world = createWorld("kind", "source");
  let session: DevSession | undefined;
  afterAll(() => session?.end());
  const dev = (): DevSession => (session ??= startDevSession(world));
  const answer = async ({ name }: SourceComponent, below = ""): Promise<string> =>
    (await world.ask(name, "development", below)).body;
  const write = (component: SourceComponent, file: string, text: string): void =>
    writeFileSync(sourceFile(world, component, file), text);
  const save = (component: SourceComponent, file: string, text: string): Promise<Change> =>
    dev().change(component.name, () => write(component, file, text));

  test("init, up and build lead to a URL that answers", async () => {
    copyPlatformComponent(world);
    await checkFirstUrl(world, PLATFORM_COMPONENT);
  });

  test("deploy points any environment to any artifact; a change that leaves the size as it was is built", () =>
    checkDeployOfArtifacts(world));

  test("run runs a task once: its log, and its exit status", () => checkTask(world));

  test("a registry that goes in the middle of a push fails the build with what the push said, and nothing comes of it", async () => {
    const waits = "sleep 2.125";
    const dockerfile = `FROM docker.io/library/busybox:1.37\nRUN head -c 60000000 /dev/urandom > /large; ${waits}\n`;
    writeFileSync(path.join(world.box.dir, "report", "Dockerfile"), dockerfile);
    const built = world.box.run(["build", "report"]);
    await untilTrue("the build", async () =>
      (await docker("exec", `${world.name}-control-plane`, "ps", "ax")).includes(waits) ? true : undefined,
    );
    const putBack = await killRegistryInPush(world.name);
    const { code, stderr } = await built;
    await putBack();
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/why +push: /);
    expect(stderr).toMatch(/failed to push choreo-registry:5000\/default-org-/);
    expect(stderr).toContain("choreo-dev up");
    const [, name = ""] = /Build (report-[0-9a-f]{8}) failed/.exec(stderr) ?? [];
    const client = await world.client(world.name);
    const ref = { apiVersion: CHOREO_API, name, namespace: "default-org" };
    const { status } = (await client.get({ ...ref, kind: "Build" })) as { status?: { conditions?: Condition[] } };
    expect(status?.conditions).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: "StepBuildSucceeded", status: "True" }),
        expect.objectContaining({
          ...{ type: "StepPushSucceeded", status: "False" },
          message: expect.stringContaining("failed to push"),
        }),
        expect.objectContaining({ type: "Completed", reason: "BuildFailed" }),
      ]),
    );
    expect(await client.get({ ...ref, kind: "DeployableArtifact" })).toBeUndefined();
  });

  test("a part of the platform is built and works when up returns", () => checkInstalled(world));

  test("it is rolled out again by up when it is another one, and plan says so", () => checkChangedByUp(world));

  describe("in a dev session", () => {
    test("everything is deployed as it is on disk", async () => {
      for (const component of [API, PAGE]) await applySource(world, component);
      await untilTrue(
        "the first deployments",
        async () => [API, PAGE].every(({ name }) => dev().changesOf(name)[0]?.outcome.state === "ready") || undefined,
        600_000,
      );
      expect([await answer(API), await answer(PAGE)]).toEqual(["one!", "page one"]);
    });

    test("saves go to the folder of an image whose user is root, and are there after a restart of its container", async () => {
      expect((await save(API, "server.js", nodeProgram("two"))).outcome).toMatchObject({ path: "sync → restart" });
      expect(await answer(API)).toBe("two!");
      const pod = await world.podWith(world.name, "component-name=api");
      await world.exec(world.name, pod, "node", "-e", "process.kill(1)").catch(() => undefined);
      await untilTrue("the saved version after a restart", async () =>
        (await answer(API).catch(() => "")) === "two!" && (await restartsOf(world, API.name, pod.name)) > 0
          ? true
          : undefined,
      );
    });

    test("a deleted Dockerfile is told, what runs goes on, and the next save heals", async () => {
      const failed = await dev().change(PAGE.name, () => rmSync(sourceFile(world, PAGE, "Dockerfile")));
      expect(failed.outcome).toMatchObject({ path: "rebuild", state: "failed" });
      expect(failed.outcome.message).toContain("add a Dockerfile");
      expect(await answer(PAGE)).toBe("page one");
      write(PAGE, "page.txt", "page two");
      expect((await save(PAGE, "Dockerfile", PAGE_IMAGE)).outcome.state).toBe("ready");
      await untilTrue("the second page", async () => ((await answer(PAGE)) === "page two" ? true : undefined));
    });

    test("what is saved during a build comes after it: two saves of one file, and a save with its revert", async () => {
      const from = dev().events.length;
      const slow = nodeImage("?", "sleep 4.25");
      write(API, "Dockerfile", slow);
      await untilTrue("the build", async () =>
        (await docker("exec", `${world.name}-control-plane`, "ps", "ax")).includes("sleep 4.25") ? true : undefined,
      );
      write(API, "Dockerfile", nodeImage("no"));
      write(API, "server.js", nodeProgram("no"));
      write(API, "server.js", nodeProgram("three"));
      write(API, "Dockerfile", slow);
      await untilTrue("both to be served", async () => ((await answer(API)) === "three?" ? true : undefined));
      // The pods take saves as before, and nothing of what was saved in between comes late.
      expect((await save(API, "server.js", nodeProgram("four"))).outcome.path).toBe("sync → restart");
      expect(await answer(API)).toBe("four?");
      expect(
        dev()
          .changesOf(API.name, from)
          .filter(({ outcome }) => outcome.state === "failed"),
      ).toEqual([]);
    });

    test("without its registry nothing is built, which is told, and what runs goes on; up and the next save heal", async () => {
      await docker("kill", `${world.name}-registry`);
      const failed = await save(API, "Dockerfile", nodeImage("&"));
      expect(failed.outcome).toMatchObject({ path: "rebuild", state: "failed" });
      expect(failed.outcome.message).toMatch(/^The platform's registry at 127\.0\.0\.1:\d+ does not answer\n/);
      expect(failed.outcome.message).toMatch(/\nnext: choreo-dev up repairs it$/);
      expect(await answer(API)).toBe("four?");
      await world.box.ok(["up"]);
      const healed = await save(API, "server.js", nodeProgram("five"));
      expect(healed.outcome).toMatchObject({
        ...{ path: "rebuild", state: "ready" },
        notes: ["with Dockerfile, which failed before"],
      });
      expect(await answer(API)).toBe("five&");
    });

    test("a full registry is told as that, and the next save after it heals", async () => {
      const putBack = await fillRegistry(world.name);
      const failed = await save(API, "Dockerfile", nodeImage("%"));
      await putBack();
      expect(failed.outcome).toMatchObject({ path: "rebuild", state: "failed" });
      expect(failed.outcome.message).toContain("no space left on the disk of its volume\nnext: look at docker");
      expect(await answer(API)).toBe("five&");
      await world.box.ok(["up"]);
      expect((await save(API, "server.js", nodeProgram("six"))).outcome.state).toBe("ready");
      expect(await answer(API)).toBe("six%");
    });

    test("a part of the platform is rolled out on every save", () => checkSaved(world, dev()));
  });

  test("a part that is taken out of the file goes, and down removes its image too", async () => {
    await session?.end();
    const config = path.join(world.box.dir, "choreo-dev.yaml");
    writeFileSync(config, readFileSync(config, "utf8").replace(PLATFORM_COMPONENT, ""));
    await checkRemoved(world);
    await world.box.ok(["down"]);
    expect(await world.leftovers()).toEqual([]);
    expect(await docker("images", "--quiet", "--filter", `label=choreo.dev/platform=${world.name}`)).toBe("");
  });
});
