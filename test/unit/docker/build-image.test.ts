import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { buildImage, pushImage, removeImages } from "../../../src/docker/build-image.ts";
import { type FakeAnswer, type FakeDocker, startFakeDocker } from "./fake-docker.ts";

const IMAGE = "127.0.0.1:5000/platform/shop/counter:latest";
const signal = new AbortController().signal;
const records = (...lines: object[]): FakeAnswer => ({
  body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
});

const answering = (path: string, answer: FakeAnswer): Promise<FakeDocker> =>
  startFakeDocker((call) => (call.path === path ? answer : undefined));

const build = ({ docker }: FakeDocker): Promise<void> =>
  buildImage(docker, {
    ...{ image: IMAGE, dockerfile: "build/Dockerfile", labels: { "choreo.dev/platform": "shop" }, signal },
    context: Readable.from([]),
  });

describe("an image that the local Docker builds", () => {
  test("has the name, the Dockerfile and the labels that were asked for", async () => {
    await using fake = await answering("/build", records({ stream: "Step 1/1\n" }, { aux: { ID: "sha256:1" } }));
    await build(fake);
    const [{ query } = { query: new URLSearchParams() }] = fake.calls.filter(({ path }) => path === "/build");
    expect(query.get("t")).toBe(IMAGE);
    expect(query.get("dockerfile")).toBe("build/Dockerfile");
    expect(JSON.parse(query.get("labels") ?? "")).toEqual({ "choreo.dev/platform": "shop" });
  });

  test("fails with Docker's last word and the lines before it, although Docker answers 200", async () => {
    const steps = Array.from({ length: 30 }, (_, index) => ({ stream: `line ${index}\n` }));
    await using fake = await answering("/build", records(...steps, { error: "exit code: 7" }));
    const failure = await build(fake).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "E_BUILD", why: "exit code: 7" });
    const { evidence } = failure as { evidence: string[] };
    expect([evidence.length, evidence.at(-1)]).toEqual([15, "line 29"]);
  });

  test("fails with what Docker says when it does not begin at all", async () => {
    await using fake = await answering("/build", { status: 400, body: { message: "dockerfile parse error line 1" } });
    await expect(build(fake)).rejects.toMatchObject({
      code: "E_DOCKER",
      why: expect.stringContaining("dockerfile parse error line 1") as unknown,
      fix: "correct its Dockerfile",
    });
  });
});

describe("an image that is sent to a registry", () => {
  test("is known by its digest afterwards", async () => {
    await using fake = await startFakeDocker((call) =>
      call.path.endsWith("/push") ? records({ status: "Pushed" }, { aux: { Digest: "sha256:2a" } }) : undefined,
    );
    expect(await pushImage(fake.docker, IMAGE, signal)).toBe("sha256:2a");
    expect(fake.calls.map((call) => decodeURIComponent(call.path)).join(" ")).toContain("platform/shop/counter");
  });

  test.each([
    ["what the registry has refused", [{ error: "no space left on device" }], "no space left on device"],
    ["that there is no digest", [{ status: "Pushed" }], "Docker named no digest"],
  ])("fails with %s", async (_what, lines, why) => {
    await using fake = await startFakeDocker((call) => (call.path.endsWith("/push") ? records(...lines) : undefined));
    await expect(pushImage(fake.docker, IMAGE, signal)).rejects.toMatchObject({ code: "E_IMAGE", why });
  });
});

describe("images that are removed", () => {
  const removing = (statuses: Readonly<Record<string, number>>): Promise<FakeDocker> =>
    startFakeDocker(({ method, path }) => {
      if (path === "/images/json")
        return {
          body: [
            { Id: "sha256:old", Created: 1 },
            { Id: "sha256:new", Created: 2 },
          ],
        };
      if (method !== "DELETE") return undefined;
      const status = statuses[decodeURIComponent(path.split("/").at(-1) ?? "")] ?? 200;
      return { status, body: status === 200 ? [] : { message: "in use" } };
    });

  test("are those with the labels, the newest first; one that is needed stays", async () => {
    await using fake = await removing({ "sha256:new": 409 });
    await removeImages(fake.docker, ["choreo.dev/platform=shop"], { nameless: true });
    const [{ query } = { query: new URLSearchParams() }] = fake.calls.filter((call) => call.path === "/images/json");
    expect(JSON.parse(query.get("filters") ?? "")).toEqual({ label: ["choreo.dev/platform=shop"], dangling: ["true"] });
    expect(fake.calls.filter(({ method }) => method === "DELETE").map((call) => decodeURIComponent(call.path))).toEqual(
      ["/images/sha256:new", "/images/sha256:old"],
    );
  });

  test("are told by name when Docker fails", async () => {
    await using fake = await removing({ "sha256:old": 500 });
    await expect(removeImages(fake.docker, ["a=b"])).rejects.toMatchObject({
      code: "E_DOCKER",
      message: expect.stringContaining("sha256:old") as unknown,
    });
  });
});
