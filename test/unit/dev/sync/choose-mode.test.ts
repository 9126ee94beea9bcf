import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { chooseMode } from "../../../../src/dev/sync/choose-mode.ts";
import type { Language } from "../../../../src/dev/classify.ts";
import type { ImageConfig } from "../../../../src/dev/sync/image-config.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";

const image = (changes: Partial<ImageConfig> = {}): ImageConfig => ({
  ...{ entrypoint: ["docker-entrypoint.sh"], cmd: ["node", "server.js"], workdir: "/app" },
  ...{ user: "node", env: { NODE_VERSION: "20" } },
  ...changes,
});

const of = (language: Language, contextPath = ""): Parameters<typeof chooseMode>[1] => ({
  ...{ language, contextPath, dockerfilePath: "Dockerfile" },
});

const folderWith = (dockerfile: string): string => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, "Dockerfile"), dockerfile);
  return folder;
};

describe("the dev mode of a component", () => {
  test("is the shim of its language, in front of the image's own command", async () => {
    const chosen = await chooseMode(folderWith("FROM node\nWORKDIR /app\nCOPY . ."), of("node"), image());
    expect(chosen?.mode).toEqual({
      ...{ kind: "program", interpreter: "node", shim: "shim.cjs", workdir: "/app" },
      ...{ entrypoint: ["docker-entrypoint.sh"], cmd: ["node", "server.js"], isWritable: false },
    });
  });

  test.each(["", "root", "0", "0:0", "root:node"])(
    "writes to the image's own folder where it may: user %j",
    async (user) => {
      const chosen = await chooseMode(folderWith("FROM node\nWORKDIR /app\nCOPY . ."), of("node"), image({ user }));
      expect(chosen?.mode).toMatchObject({ isWritable: true });
    },
  );

  test("takes the interpreter by the path that the image calls it by", async () => {
    const distroless = image({ entrypoint: ["/nodejs/bin/node"], cmd: ["server.js"], env: {} });
    const chosen = await chooseMode(folderWith("FROM distroless\nCOPY . /app"), of("node"), distroless);
    expect(chosen?.mode).toMatchObject({ interpreter: "/nodejs/bin/node" });
  });

  test("is none where the context is a folder below its own: its files have other places in the image", async () => {
    const folder = folderWith("FROM node\nWORKDIR /app\nCOPY . .");
    expect(await chooseMode(folder, of("node", "app"), image())).toBeUndefined();
  });

  test("of a static site is its folder in the image", async () => {
    const nginx = image({ entrypoint: ["/docker-entrypoint.sh"], cmd: ["nginx"], workdir: "", env: {} });
    const chosen = await chooseMode(folderWith("FROM nginx\nCOPY . /usr/share/nginx/html/"), of("static"), nginx);
    expect(chosen?.mode).toEqual({ kind: "files", place: "/usr/share/nginx/html" });
  });

  test.each([
    ["an image without the interpreter", "node" as const, image({ entrypoint: [], cmd: ["/bin/app"], env: {} })],
    ["an image whose folder is the root", "node" as const, image({ workdir: "/" })],
    ["an image without a folder of its own", "node" as const, image({ workdir: "" })],
    ["a compiled language", "go" as const, image()],
  ])("is none for %s", async (_what, language, config) => {
    expect(await chooseMode(folderWith("FROM x\nCOPY . ."), of(language), config)).toBeUndefined();
  });
});
