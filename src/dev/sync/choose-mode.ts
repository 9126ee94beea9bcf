import { readFile } from "node:fs/promises";
import path from "node:path";
import type { FilesMode, ProgramMode } from "../../controller/deployment/dev-mode.ts";
import { type DockerfileHint, readDockerfile } from "../../engine/embedded/runtime/image/dockerfile.ts";
import { readIfExists } from "../../lib/fs.ts";
import { packageRoot } from "../../lib/package-root.ts";
import type { ComponentProfile, Language } from "../classify.ts";
import type { ImageConfig } from "./image-config.ts";
import { placeInImage } from "./image-layout.ts";

/** What can be told of an image's dev mode by the image and the files of its component. */
export type Mode = Omit<ProgramMode, "artifact" | "folder"> | Omit<FilesMode, "artifact" | "folder">;

/** The dev mode that fits, with what its Dockerfile says; undefined: every change of the component is built. */
export const chooseMode = async (
  folder: string,
  profile: Pick<ComponentProfile, "language" | "contextPath" | "dockerfilePath">,
  config: ImageConfig,
): Promise<{ readonly mode: Mode; readonly layout: DockerfileHint } | undefined> => {
  const { language, contextPath } = profile;
  // Its files are seen from the folder; what the image has of them is seen from the context.
  if (contextPath !== "") return undefined;
  const layout = await layoutOf(folder, profile);
  const mode = language === "static" ? filesMode(layout) : programMode(language, config);
  return mode === undefined ? undefined : { mode, layout };
};

/** What the Dockerfile says: the component's own, or the one that a build takes for its language. */
export const layoutOf = async (
  folder: string,
  { language, dockerfilePath }: Pick<ComponentProfile, "language" | "dockerfilePath">,
): Promise<DockerfileHint> =>
  readDockerfile(
    (await readIfExists(path.join(folder, dockerfilePath))) ??
      (await readFile(path.join(packageRoot(), "build-steps", "dockerfiles", `${language}.Dockerfile`), "utf8").catch(
        () => "",
      )),
  );

const filesMode = (layout: DockerfileHint): Mode | undefined => {
  const index = placeInImage(layout, "index.html");
  return index === undefined ? undefined : { kind: "files", place: path.posix.dirname(index) };
};

const programMode = (language: Language, config: ImageConfig): Mode | undefined => {
  const { entrypoint, cmd, workdir, user, env } = config;
  const words = [...entrypoint, ...cmd];
  const found = INTERPRETERS[language];
  if (found === undefined || words.length === 0 || workdir === "" || workdir === "/") return undefined;
  const named = words.find((word) => found.names.test(path.posix.basename(word)));
  // Proof that the image has it: it says so itself, or runs it.
  if (named === undefined && env[found.variable] === undefined) return undefined;
  const interpreter = named !== undefined && path.posix.isAbsolute(named) ? named : found.interpreter;
  return {
    ...{ kind: "program", interpreter, shim: found.shim, entrypoint, cmd },
    ...{ workdir: path.posix.normalize(workdir), isWritable: ROOT.test(user) },
  };
};

const ROOT = /^(?:root|0)?(?::|$)/;

interface Interpreter {
  readonly interpreter: string;
  readonly names: RegExp;
  /** Set in the official images of the language. */
  readonly variable: string;
  readonly shim: string;
}

const INTERPRETERS: Partial<Record<Language, Interpreter>> = {
  node: { interpreter: "node", names: /^node$/, variable: "NODE_VERSION", shim: "shim.cjs" },
  python: { interpreter: "python3", names: /^python3?(?:\.\d+)?$/, variable: "PYTHON_VERSION", shim: "shim.py" },
};
