import { describe, expect, test } from "vitest";
import { placeInImage } from "../../../../src/dev/sync/image-layout.ts";
import { readDockerfile } from "../../../../src/engine/embedded/runtime/image/dockerfile.ts";

const place = (dockerfile: string, file: string): string | undefined => placeInImage(readDockerfile(dockerfile), file);

describe("the place of a file in an image", () => {
  test.each([
    ["WORKDIR /app\nCOPY . .", "src/a.js", "/app/src/a.js"],
    ["WORKDIR /app\nCOPY src ./src", "src/a.js", "/app/src/a.js"],
    ["WORKDIR /app\nCOPY src ./", "src/lib/a.js", "/app/lib/a.js"],
    ["WORKDIR /app\nCOPY src/server.js .", "src/server.js", "/app/server.js"],
    ["WORKDIR /app\nCOPY a.js b.js ./", "b.js", "/app/b.js"],
    ["COPY server.js /srv/main.js", "server.js", "/srv/main.js"],
    ["COPY *.html /www/", "index.html", "/www/index.html"],
    ["COPY --chown=node:node . /app", "a.js", "/app/a.js"],
    ["ENV HOME_DIR=/srv\nWORKDIR $HOME_DIR\nCOPY . .", "a.js", "/srv/a.js"],
    ["WORKDIR /app\nCOPY package.json .\nRUN npm ci\nCOPY . .", "package.json", "/app/package.json"],
    ["WORKDIR /app\nCOPY . .\nRUN chown -R node /app && npm prune", "a.js", "/app/a.js"],
  ])("by %j of %s is %s", (lines, file, wanted) => {
    expect(place(`FROM base\n${lines}\n`, file)).toBe(wanted);
  });

  test("is that of the stage that the last one is built on", () => {
    const dockerfile =
      "FROM node AS source\nWORKDIR /app\nCOPY . .\nFROM source AS test\nRUN npm test\nFROM source\nUSER 1000\n";
    expect(place(dockerfile, "server.js")).toBe("/app/server.js");
  });

  test.each([
    ["nothing copies it", "FROM node\nCOPY src /app", "README.md"],
    [
      "another stage makes something of it",
      "FROM node AS build\nCOPY . /src\nFROM nginx\nCOPY --from=build /src/dist /www",
      "a.js",
    ],
    ["a later command does", "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm run build", "src/a.ts"],
    ["it is installed as a package", "FROM python\nCOPY . .\nRUN pip install .", "app.py"],
  ])("is unknown when %s", (_why, dockerfile, file) => {
    expect(place(dockerfile, file)).toBeUndefined();
  });
});
