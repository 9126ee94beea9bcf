import path from "node:path";
import { readInstructions } from "../../../../source/dockerfile.ts";
import { parseCommand } from "./words.ts";

/** What the last stage of a Dockerfile says of the program, as far as it can be told without building it. */
export interface DockerfileHint {
  readonly entrypoint: readonly string[] | undefined;
  readonly cmd: readonly string[] | undefined;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly expose: number | undefined;
  /** Files that are copied from the folder: their place in the image, their place in the folder. */
  readonly copies: ReadonlyMap<string, string>;
  /** What fills the image, in its order: files of the folder, and commands that run in it. */
  readonly steps: readonly (CopyStep | RunStep)[];
}

export interface CopyStep {
  readonly kind: "copy";
  /** From the folder, without a slash at either end; "" for all of it. */
  readonly sources: readonly string[];
  readonly target: string;
  /** Whether the target is a folder that files are put into. */
  readonly isInto: boolean;
}

export interface RunStep {
  readonly kind: "run";
  readonly command: string;
}

interface Stage {
  entrypoint: readonly string[] | undefined;
  cmd: readonly string[] | undefined;
  workdir: string;
  env: Map<string, string>;
  expose: number | undefined;
  copies: Map<string, string>;
  steps: (CopyStep | RunStep)[];
}

export const readDockerfile = (text: string): DockerfileHint => {
  const named = new Map<string, Stage>();
  let stage = newStage();
  for (const { name: instruction, rest, document } of readInstructions(text)) {
    if (instruction !== "FROM") apply(stage, instruction, document === undefined ? rest : `${rest}\n${document}`);
    else {
      const [from = "", as, name] = rest.split(/\s+/).filter((word) => !word.startsWith("--"));
      const before = named.get(from.toLowerCase());
      // A stage that is built on another one begins with all that it has.
      stage = before === undefined ? newStage() : copyOf(before);
      if (as?.toUpperCase() === "AS" && name !== undefined) named.set(name.toLowerCase(), stage);
    }
  }
  return { ...stage, env: Object.fromEntries(stage.env) };
};

/** A word of the image's command as it is called in the folder. */
export const inFolder = (hint: DockerfileHint, folder: string, word: string): string => {
  const places = [path.posix.resolve(hint.workdir, word)];
  if (!word.includes("/")) places.push(...["/usr/local/bin", "/usr/bin", "/bin"].map((dir) => `${dir}/${word}`));
  for (const place of places) {
    const source = hint.copies.get(place);
    if (source !== undefined) return path.resolve(folder, source);
    for (const [target, from] of hint.copies)
      if (target !== "/" && place.startsWith(`${target}/`) && word.includes("/"))
        return path.resolve(folder, from, place.slice(target.length + 1));
  }
  return word;
};

const newStage = (): Stage => ({
  ...{ entrypoint: undefined, cmd: undefined, workdir: "/", env: new Map(), expose: undefined, copies: new Map() },
  steps: [],
});

const copyOf = (stage: Stage): Stage => ({
  ...{ ...stage, env: new Map(stage.env), copies: new Map(stage.copies), steps: [...stage.steps] },
});

const apply = (stage: Stage, instruction: string, rest: string): void => {
  if (instruction === "CMD") stage.cmd = commandOf(rest);
  else if (instruction === "ENTRYPOINT") {
    stage.entrypoint = commandOf(rest);
    // An entrypoint drops the command that was set before it.
    stage.cmd = undefined;
  } else if (instruction === "WORKDIR") stage.workdir = path.posix.resolve(stage.workdir, expand(stage, rest));
  else if (instruction === "ENV") setEnv(stage, rest);
  else if (instruction === "EXPOSE") stage.expose ??= Number.parseInt(expand(stage, rest), 10) || undefined;
  else if (instruction === "RUN") stage.steps.push({ kind: "run", command: rest });
  else if (instruction === "COPY" || instruction === "ADD") addCopies(stage, rest);
};

/** The shell form is run by a shell, as Docker does. */
const commandOf = (rest: string): string[] | undefined =>
  rest.startsWith("[") ? parseCommand(rest) : ["/bin/sh", "-c", rest];

const setEnv = (stage: Stage, rest: string): void => {
  const words = parseCommand(rest) ?? [];
  const [first = ""] = words;
  if (!first.includes("=")) {
    stage.env.set(first, expand(stage, words.slice(1).join(" ")));
    return;
  }
  for (const word of words) {
    const at = word.indexOf("=");
    if (at > 0) stage.env.set(word.slice(0, at), expand(stage, word.slice(at + 1)));
  }
};

const addCopies = (stage: Stage, rest: string): void => {
  const words = (rest.startsWith("[") ? parseCommand(rest) : rest.split(/\s+/)) ?? [];
  // What comes out of another stage is not in the folder.
  if (words.some((word) => word.startsWith("--from"))) return;
  const places = words.filter((word) => !word.startsWith("--")).map((word) => expand(stage, word));
  const target = places.pop();
  if (target === undefined) return;
  const to = path.posix.resolve(stage.workdir, target);
  stage.steps.push({
    kind: "copy",
    sources: places.map((place) => path.posix.normalize(`/${place}`).replaceAll(/^\/+|\/+$/g, "")),
    target: to,
    isInto: target.endsWith("/") || target === "." || places.length > 1,
  });
  for (const source of places) {
    const isFolder = source === "." || source.endsWith("/");
    const into = !isFolder && (target.endsWith("/") || target === "." || places.length > 1);
    stage.copies.set(into ? path.posix.join(to, path.posix.basename(source)) : to, source.replace(/^\/+/, ""));
  }
};

const expand = (stage: Stage, text: string): string =>
  text.replaceAll(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_all, braced?: string, plain?: string) => stage.env.get(braced ?? plain ?? "") ?? "",
  );
