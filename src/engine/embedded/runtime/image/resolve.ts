import { stat } from "node:fs/promises";
import path from "node:path";
import { bundleEnv, readBundle } from "../../build/bundle.ts";
import type { DockerNode } from "../docker/docker-node.ts";
import { type FoundImage, resolveImage } from "../docker/resolve-image.ts";
import type { Container, Pod } from "../types.ts";
import { detect } from "./detect.ts";
import { parseCommand } from "./words.ts";

/** A command that the platform knows for a container. */
export interface ExplicitCommand {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Serves the requests to a pod in this process; a fixture of a test, mostly. */
export type PodFunction = (request: Request) => Promise<Response> | Response;

export interface ResolveRequest {
  readonly pod: Pod;
  readonly container: Container;
}

/** What a container runs, and `status.containerStatuses[].imageID` for it. */
export type Runnable =
  | {
      readonly kind: "process";
      readonly imageID: string;
      readonly argv: readonly string[];
      readonly cwd: string | undefined;
      readonly env: Readonly<Record<string, string>>;
      readonly port: number | undefined;
    }
  | { readonly kind: "function"; readonly imageID: string; readonly handler: PodFunction }
  | { readonly kind: "image"; readonly imageID: string; readonly image: FoundImage; readonly node: DockerNode };

/** Why nothing can be run: reason and message of the container's waiting state. */
export interface Unresolved {
  readonly kind: "unresolved";
  readonly reason: "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName";
  readonly message: string;
}

export interface ResolveOptions {
  readonly resolve?:
    ((request: ResolveRequest) => ExplicitCommand | undefined | Promise<ExplicitCommand | undefined>) | undefined;
  readonly functions?: ReadonlyMap<string, PodFunction> | undefined;
  /** Runs images, when nothing else is known of a container. Default: nothing does. */
  readonly docker?: DockerNode | undefined;
}

const PREFIX = "process.choreo.dev";

/** Annotations of a pod by which it says what its containers run. */
export const ANNOTATIONS = {
  command: `${PREFIX}/command`,
  hostCommands: `${PREFIX}/host-commands`,
  bundle: `${PREFIX}/bundle`,
  dir: `${PREFIX}/dir`,
  /** Folder of a dev session: the program is run by the shim, which is told there when to start it again. */
  dev: `${PREFIX}/dev`,
} as const;

/** Decides what a container runs: an explicit command, a bundle, a source folder, a function, its image; in this order. */
export const resolveContainer = async (
  request: ResolveRequest,
  options: ResolveOptions,
): Promise<Runnable | Unresolved> => {
  const { pod, container } = request;
  const annotations = pod.metadata.annotations ?? {};
  const annotation = (name: string): string | undefined =>
    Object.hasOwn(annotations, `${name}.${container.name}`)
      ? annotations[`${name}.${container.name}`]
      : annotations[name];
  const bundle = annotation(ANNOTATIONS.bundle);
  const dir = bundle ?? annotation(ANNOTATIONS.dir);
  const text = annotation(ANNOTATIONS.command);
  if (text !== undefined) {
    const argv = parseCommand(text);
    if (argv === undefined)
      return invalid(`annotation ${ANNOTATIONS.command} is neither a JSON array nor a command line`);
    return processOf(argv, dir);
  }
  const known = await options.resolve?.(request);
  if (known !== undefined) return processOf(known.argv, known.cwd ?? dir, known.env);
  if (annotation(ANNOTATIONS.hostCommands) === "true") {
    const argv = [...(container.command ?? []), ...(container.args ?? [])];
    return argv.length === 0
      ? invalid(`annotation ${ANNOTATIONS.hostCommands} needs a container with a command`)
      : processOf(argv, dir);
  }
  if (bundle !== undefined) return fromBundle(bundle, container);
  if (dir !== undefined) return fromFolder(dir, container);
  const handler = options.functions?.get(container.image ?? "");
  if (handler !== undefined) return { kind: "function", imageID: `function://${container.image ?? ""}`, handler };
  return fromImage(container, options.docker);
};

const fromImage = async (container: Container, node: DockerNode | undefined): Promise<Runnable | Unresolved> => {
  const image = node === undefined ? undefined : await resolveImage(container, node);
  if (node !== undefined && image?.kind === "image") return { kind: "image", imageID: image.imageID, image, node };
  const [reason, problem] =
    image?.kind === "missing" ? [image.reason, image.message] : ["ImagePullBackOff" as const, NO_DOCKER];
  return { kind: "unresolved", reason, message: choices(container.image ?? "", problem) };
};

const processOf = (
  argv: readonly string[],
  cwd: string | undefined,
  env: Readonly<Record<string, string>> = {},
): Runnable => ({ kind: "process", imageID: `process://${argv[0] ?? ""}`, argv, cwd, env, port: undefined });

/** A folder that a build made: its programs are compiled and its packages installed. */
const fromBundle = async (dir: string, container: Container): Promise<Runnable | Unresolved> => {
  const bundle = await readBundle(dir);
  const entrypoint = bundle?.entrypoint?.map((word) => path.join(dir, word));
  const found = await fromFolder(dir, entrypoint === undefined ? container : { command: entrypoint, ...container });
  if (found.kind !== "process") {
    if (await isFolder(dir)) return found;
    return {
      kind: "unresolved",
      reason: "ImagePullBackOff",
      message: `the bundle ${dir} is gone: choreo-dev build makes it again`,
    };
  }
  const imageID = `bundle://${path.basename(dir)}${found.imageID.replace(/^[^#]*/, "")}`;
  return { ...found, imageID, env: { ...found.env, ...(bundle === undefined ? {} : bundleEnv(dir, bundle)) } };
};

const isFolder = (dir: string): Promise<boolean> =>
  stat(dir).then(
    (found) => found.isDirectory(),
    () => false,
  );

const fromFolder = async (dir: string, container: Container): Promise<Runnable | Unresolved> => {
  if (!(await isFolder(dir))) return invalid(`there is no folder ${dir}`);
  const found = await detect(dir);
  const entrypoint = container.command ?? found?.entrypoint;
  if (entrypoint === undefined)
    return invalid(
      `nothing in ${dir} says how it is run: add a Procfile, a start script in package.json, main.py, index.html, ` +
        `or the annotation ${ANNOTATIONS.command}`,
    );
  // As in Kubernetes: a command without args drops the image's own arguments.
  const cmd = container.args ?? (container.command === undefined ? (found?.cmd ?? []) : []);
  const isArguments = found?.argsAreCommand === false && container.args !== undefined && entrypoint.length === 0;
  // A detected program without an entrypoint keeps its program when only arguments are given.
  const isCommand = found?.argsAreCommand === true && container.args !== undefined && container.command === undefined;
  const argv = isCommand ? cmd : isArguments ? [...programOf(found?.cmd ?? []), ...cmd] : [...entrypoint, ...cmd];
  return {
    kind: "process",
    imageID: `process://${dir}${found === undefined ? "" : `#${found.by}`}`,
    argv,
    cwd: dir,
    env: found?.env ?? {},
    port: found?.port,
  };
};

/** `node server.js`, `python3 -u main.py`: the interpreter and its file. */
const programOf = (cmd: readonly string[]): readonly string[] => {
  const script = cmd.findIndex((word, at) => at > 0 && !word.startsWith("-"));
  return script === -1 ? cmd : cmd.slice(0, script + 1);
};

const invalid = (message: string): Unresolved => ({ kind: "unresolved", reason: "InvalidImageName", message });

const NO_DOCKER = "no Docker answers";

const choices = (image: string, problem: string): string =>
  `Back-off pulling image ${JSON.stringify(image)}: ${problem}. Choose one: ` +
  `(1) annotation ${ANNOTATIONS.command} with the command to run; ` +
  `(2) build the component, which sets ${ANNOTATIONS.bundle}; ` +
  `(3) annotation ${ANNOTATIONS.dir} with its source folder; ` +
  `(4) register a JavaScript function for the image; ` +
  `(5) run the image with Docker: start it, and load the image where it cannot be pulled`;
