import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { docker } from "../helpers/docker.ts";
import { serveRepository } from "../helpers/git-daemon.ts";
import type { World } from "./world.ts";

const sample = path.resolve(import.meta.dirname, "../../samples/python-from-source");
/** One image that nothing else of the suite uses: offline it is there when somebody has read this file. */
const DOCKERFILE = `FROM docker.io/library/python:3.13-slim
WORKDIR /app
COPY --from=docker.io/curlimages/curl:8.14.1 /etc/passwd /curl-passwd
COPY . .
EXPOSE 8080
CMD ["python3", "app.py"]
`;

/** Builds a component of a Git repository at its tip, twice, and at a revision that is the tip no more. */
export const checkGitSource = async (world: World): Promise<void> => {
  const { box } = world;
  const folder = path.join(box.home, "shelf");
  cpSync(path.join(sample, "src"), folder, { recursive: true });
  writeFileSync(path.join(folder, "Dockerfile"), DOCKERFILE);
  await using repository = await serveRepository(folder, await addressFor(world));
  const manifest = path.join(box.dir, "shelf");
  mkdirSync(manifest);
  const resources = readFileSync(path.join(sample, "resources.yaml"), "utf8")
    .replaceAll("catalog", "shelf")
    .replace("local:\n      path: src", `gitRepository:\n      url: ${repository.url}`);
  writeFileSync(path.join(manifest, "resources.yaml"), resources);
  await box.ok(["apply", "-f", manifest]);
  const first = await box.ok(["build", "shelf"]);
  const revision = repository.git("rev-parse", "HEAD");
  expect(first.stdout).toContain(`-${revision.slice(0, 8)}@sha256:`);
  expect((await world.ask("shelf", "development")).body).toContain("The Dispossessed");

  const app = path.join(folder, "app.py");
  writeFileSync(app, readFileSync(app, "utf8").replace("The Dispossessed", "Rocannon's World"));
  repository.git("commit", "-qam", "second");
  await box.ok(["build", "shelf"]);
  expect((await world.ask("shelf", "development")).body).toContain("Rocannon's World");
};

/** Where pods reach a server of this machine. */
const addressFor = async ({ engine, name }: World): Promise<string> =>
  engine === "embedded"
    ? "127.0.0.1"
    : docker("inspect", `${name}-control-plane`, "--format", "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}");
