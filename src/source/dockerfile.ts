/** One instruction of a Dockerfile, its continued lines joined. */
export interface Instruction {
  /** Line that it begins on, from 1. */
  readonly line: number;
  /** In upper case. */
  readonly name: string;
  readonly rest: string;
  /** Lines of a here-document that followed it. */
  readonly document: string | undefined;
}

/** One `FROM` and what follows it. */
export interface Stage {
  readonly name: string | undefined;
  /** An image, or a stage before this one. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile that no builder would take. The message begins with its line. */
export class DockerfileError extends Error {
  override readonly name = "DockerfileError";
}

const KNOWN = new Set(
  (
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME " +
    "WORKDIR"
  ).split(" "),
);

/** The stages of a Dockerfile in their order. Throws DockerfileError for what is no Dockerfile. */
export const readStages = (text: string): Stage[] => {
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of readInstructions(text)) {
    const { line, name, rest } = instruction;
    if (!KNOWN.has(name)) throw new DockerfileError(`${line}: unknown instruction: ${name}`);
    if (rest === "") throw new DockerfileError(`${line}: ${name} needs an argument`);
    const [base = "", as, stage] = rest.split(/\s+/).filter((word) => !word.startsWith("--"));
    if (name === "FROM")
      stages.push({ name: as?.toUpperCase() === "AS" ? stage?.toLowerCase() : undefined, base, instructions: [] });
    else if (stages.length === 0 && name !== "ARG")
      throw new DockerfileError(`${line}: ${name} before the first FROM: a Dockerfile begins with an image`);
    else stages.at(-1)?.instructions.push(instruction);
  }
  if (stages.length === 0) throw new DockerfileError("1: there is no FROM: a Dockerfile begins with an image");
  return stages;
};

/** The last port that a Dockerfile exposes, as build-steps/build.sh finds it; "" for none. */
export const exposedPort = (text: string): string =>
  readInstructions(text)
    .flatMap(({ name, rest }) => (name === "EXPOSE" ? [/^\d+/.exec(rest)?.[0] ?? ""] : []))
    .findLast((port) => port !== "") ?? "";

/** Whether one of its stages is called `test`, as build-steps/test.sh looks for it. */
export const hasTestStage = (text: string): boolean =>
  readInstructions(text).some(({ name, rest }) => name === "FROM" && /\sAS\s+test$/i.test(rest));

/** All instructions, known or not: comments and empty lines left out, here-documents kept apart. */
export const readInstructions = (text: string): Instruction[] => {
  const lines = text.split(/\r?\n/);
  const found: Instruction[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1;
    if (isIgnored(lines[at])) continue;
    let whole = "";
    // A comment between continued lines is no end of them.
    for (; ; at++) {
      const part = lines[at] ?? "";
      if (whole !== "" && isIgnored(part) && at < lines.length) continue;
      whole += part.replace(/\\[ \t]*$/, " ");
      if (!/\\[ \t]*$/.test(part) || at >= lines.length) break;
    }
    const [, name = "", rest = ""] = /^\s*(\S+)\s*([\s\S]*)$/.exec(whole) ?? [];
    const word = hereWord(name, rest);
    const document = word === undefined ? undefined : takeDocument(lines, at + 1, word);
    if (document !== undefined) at = document.end;
    found.push({ line, name: name.toUpperCase(), rest: rest.trim(), document: document?.text });
  }
  return found;
};

const isIgnored = (line = ""): boolean => /^\s*(#|$)/.test(line);

/** `RUN <<EOF`: the word that ends the lines which follow. */
const hereWord = (name: string, rest: string): string | undefined =>
  /^(RUN|COPY|ADD)$/i.test(name) ? /(?:^|\s)<<-?["']?(\w+)["']?/.exec(rest)?.[1] : undefined;

const takeDocument = (lines: readonly string[], from: number, word: string): { text: string; end: number } => {
  const end = lines.findIndex((line, at) => at >= from && line.trim() === word);
  const last = end === -1 ? lines.length : end;
  return { text: lines.slice(from, last).join("\n"), end: last };
};
