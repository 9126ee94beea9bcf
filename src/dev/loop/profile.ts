import { readdir } from "node:fs/promises";
import path from "node:path/posix";
import { buildPlaces } from "../../controller/build/places.ts";
import type { ComponentProfile, Language } from "../classify.ts";
import { readDevRules } from "./dev-rules.ts";
import { imageFilter } from "../watch/image-rules.ts";
import type { DevTarget } from "./targets.ts";

/** What is known of a component from its track and the files of its folder. */
export const profileOf = async ({ folder, track }: Pick<DevTarget, "folder" | "track">): Promise<ComponentProfile> => {
  const { context, dockerfile = path.join(context, "Dockerfile") } = buildPlaces(track.spec.buildTemplateSpec);
  const names = await readdir(folder).catch((): string[] => []);
  return {
    language: languageOf(names),
    // Also when it is not there (any more): without it the image is another one.
    dockerfilePath: dockerfile,
    contextPath: context === "." ? "" : context,
    manifests: names.filter((name) => /^(?:choreo-dev|workload)\.ya?ml$/.test(name)),
    sync: await readDevRules(folder),
    inImage: await imageFilter(path.join(folder, context), path.relative(context, dockerfile)),
  };
};

const languageOf = (names: readonly string[]): Language => {
  const has = (...wanted: string[]): boolean => wanted.some((name) => names.includes(name));
  if (has("package.json", "server.js", "index.js")) return "node";
  if (has("go.mod")) return "go";
  if (has("Cargo.toml")) return "rust";
  if (has("requirements.txt", "pyproject.toml", "main.py", "app.py", "server.py")) return "python";
  return has("index.html") ? "static" : "other";
};
