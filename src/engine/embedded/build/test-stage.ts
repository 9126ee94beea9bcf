import path from "node:path";
import { DockerfileError, type Instruction, type Stage, readStages } from "../../../source/dockerfile.ts";
import { inFolder, readDockerfile } from "../runtime/image/dockerfile.ts";
import { parseCommand } from "../runtime/image/words.ts";
import { StepError } from "./step.ts";

/** What the stage `test` of a Dockerfile asks for, as far as it can be done without an image. */
export interface TestStage {
  readonly commands: readonly { readonly line: number; readonly argv: readonly string[]; readonly shown: string }[];
  /** Where in the folder they run. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Reads the stage called `test`; undefined without one. Throws StepError for what is no Dockerfile. */
export const readTestStage = (text: string, name: string): TestStage | undefined => {
  const stages = checkedStages(text, name);
  const stage = stages.findLast((one) => one.name === "test");
  if (stage === undefined) return undefined;
  const hint = readDockerfile(asOneStage(chainOf(stage, stages)));
  const place = inFolder(hint, "/", `${hint.workdir}/.`);
  const isKnown = [...hint.copies.keys()].some(
    (target) => target === hint.workdir || hint.workdir.startsWith(`${target}/`),
  );
  return {
    commands: stage.instructions.filter((one) => one.name === "RUN").map(commandOf),
    dir: isKnown ? path.relative("/", place) : "",
    env: hint.env,
  };
};

export const checkedStages = (text: string, name: string): Stage[] => {
  try {
    return readStages(text);
  } catch (error) {
    if (error instanceof DockerfileError) throw new StepError(`${name}:${error.message}`);
    throw error;
  }
};

/** The stages that a stage builds on, the first of them first. */
const chainOf = (stage: Stage, stages: readonly Stage[]): Stage[] => {
  const before = stages.slice(0, stages.indexOf(stage)).findLast(({ name }) => name === stage.base.toLowerCase());
  return before === undefined ? [stage] : [...chainOf(before, stages), stage];
};

const asOneStage = (chain: readonly Stage[]): string =>
  chain.flatMap(({ instructions }) => instructions.map(({ name, rest }) => `${name} ${rest}`)).join("\n");

const commandOf = ({ line, rest, document }: Instruction): TestStage["commands"][number] => {
  const command = rest.replace(/^(?:--\S+\s+)+/, "");
  if (document !== undefined) return { line, argv: ["/bin/sh", "-ec", document], shown: "RUN here-document" };
  const words = command.startsWith("[") ? parseCommand(command) : undefined;
  return { line, argv: words ?? ["/bin/sh", "-c", command], shown: command };
};
