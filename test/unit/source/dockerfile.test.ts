import { describe, expect, test } from "vitest";
import {
  DockerfileError,
  exposedPort,
  hasTestStage,
  readInstructions,
  readStages,
} from "../../../src/source/dockerfile.ts";

const shapes = (text: string): string[] =>
  readInstructions(text).map(({ line, name, rest }) => `${line} ${name} ${rest}`);

describe("a Dockerfile", () => {
  test("is a list of instructions with the lines that they begin on", () => {
    expect(shapes("# syntax=x\n\nFROM node:20 as source\n  copy . .\nRUN npm ci\n")).toEqual([
      "3 FROM node:20 as source",
      "4 COPY . .",
      "5 RUN npm ci",
    ]);
  });

  test("joins continued lines, past comments and empty lines between them", () => {
    expect(shapes("RUN apt-get update \\\n  # for git\n\n  && apt-get install git \nUSER 1000")).toEqual([
      "1 RUN apt-get update    && apt-get install git",
      "5 USER 1000",
    ]);
  });

  test("ends at the end of a file that ends in the middle of a line", () => {
    expect(shapes("RUN one \\")).toEqual(["1 RUN one"]);
    expect(shapes("RUN one \\\n")).toEqual(["1 RUN one"]);
  });

  test("keeps here-documents apart, also those that nothing ends", () => {
    const [run, user] = readInstructions("RUN <<EOF\nnpm ci\nnpm test\nEOF\nUSER 1000");
    expect(run).toMatchObject({ name: "RUN", document: "npm ci\nnpm test" });
    expect(user).toMatchObject({ line: 5, name: "USER" });
    expect(readInstructions("RUN <<EOF\nnpm ci")[0]?.document).toBe("npm ci");
  });

  test("has stages, with their names and what they build on", () => {
    const stages = readStages(
      "ARG VERSION=20\nFROM --platform=linux/amd64 node:20 AS Source\nCOPY . .\nFROM source AS test\nRUN npm test\nFROM source",
    );
    expect(stages.map(({ name, base, instructions }) => [name, base, instructions.length])).toEqual([
      ["source", "node:20", 1],
      ["test", "source", 1],
      [undefined, "source", 0],
    ]);
  });

  test.each([
    ["FROM node:20\nCOPPY . .", "2: unknown instruction: COPPY"],
    ["FROM node:20\nRUN", "2: RUN needs an argument"],
    ["RUN npm ci\nFROM node:20", "1: RUN before the first FROM: a Dockerfile begins with an image"],
    ["# nothing", "1: there is no FROM: a Dockerfile begins with an image"],
  ])("that no builder would take is refused with its line: %j", (text, message) => {
    expect(() => readStages(text)).toThrow(new DockerfileError(message));
  });
});

describe("what the steps of a build ask of a Dockerfile", () => {
  test("is its last port, not one that only a here-document names", () => {
    expect(exposedPort("FROM a\nexpose 80/tcp\nFROM b\nEXPOSE 8080\nRUN <<EOF\nEXPOSE 1\nEOF\nEXPOSE $PORT")).toBe(
      "8080",
    );
    expect(exposedPort("FROM a")).toBe("");
  });

  test("is whether a stage is called test", () => {
    expect(hasTestStage("FROM a AS source\nfrom source as TEST\nRUN true\nFROM source")).toBe(true);
    expect(hasTestStage("FROM a AS tests\nRUN echo AS test")).toBe(false);
  });
});
