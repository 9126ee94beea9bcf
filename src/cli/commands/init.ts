import { existsSync } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { findConfig } from "../../config/find.ts";
import { DNS_LABEL } from "../../config/names.ts";
import {
  DESCRIPTION_FILE,
  type NewFile,
  RESOURCES_FILE,
  componentFiles,
  componentName,
  platformFile,
} from "../../dev/init/component-files.ts";
import { type FolderFacts, describeFolder } from "../../dev/init/describe-folder.ts";
import { ChoreoError, messageOf } from "../../lib/errors.ts";
import { DEFAULT_PROJECT } from "../../planes/defaults.ts";
import type { Handler } from "../command.ts";
import type { InitArgs, InitWhat } from "../definitions/builds.ts";

/** Writes the resources of a component for the program in a folder. Nothing that is there is touched. */
export const run: Handler<InitArgs & InitWhat> = async (args, { io }) => {
  const folder = path.resolve(io.cwd, args.folder ?? ".");
  const facts = await factsOf(folder, shown(io.cwd, folder));
  const name = checkName(args.name ?? componentName(folder));
  const type = args.type ?? (facts?.isSite === true ? "WebApplication" : "Service");
  const isTask = type === "ScheduledTask" || type === "ManualTask";
  const port = isTask ? undefined : portOf(args, facts, folder);
  // Where the image tells the port, its endpoint is made from that.
  const component = { name, type, port: port?.isTold === true ? undefined : port?.number };
  const own = componentFiles({ ...component, project: args.project ?? DEFAULT_PROJECT });
  const config = findConfig(io.cwd);
  const resources = path.relative(io.cwd, path.join(folder, RESOURCES_FILE));
  const files: NewFile[] = [
    ...own.map((one) => ({ ...one, file: path.join(folder, one.file) })),
    ...(config === undefined
      ? [platformFile(resources)].map((one) => ({ ...one, file: path.join(io.cwd, one.file) }))
      : []),
  ];
  await refuseExisting(files, io.cwd);
  io.stderr.write(`${name}  ${summary(type, facts, port)}\n`);
  for (const { file, purpose, text } of files) {
    const isNew = await writeNew(file, text);
    io.stdout.write(`${isNew ? "wrote" : "kept "}  ${shown(io.cwd, file).padEnd(24)}  ${purpose}\n`);
  }
  io.stderr.write(`\n${nextCommands(config === undefined ? undefined : shown(io.cwd, config), name, resources)}`);
};

const factsOf = async (folder: string, title: string): Promise<FolderFacts | undefined> => {
  const facts = await stat(folder).catch((error: unknown) => {
    throw new ChoreoError("E_SOURCE", `${title} cannot be read`, {
      why: messageOf(error),
      fix: "name the program's folder",
    });
  });
  if (!facts.isDirectory())
    throw new ChoreoError("E_SOURCE", `${title} is a file`, { fix: "name the folder that it is in" });
  const found = await describeFolder(folder);
  if (found !== undefined) return found;
  throw new ChoreoError("E_SOURCE", `Nothing in ${title} says how it is run`, {
    why: "looked for Procfile, package.json, go.mod, main.py, app.py, server.py, server.js, index.js, Cargo.toml, index.html and a Dockerfile with a CMD",
    fix: "add one of them, or name another folder: choreo-dev init FOLDER",
  });
};

const checkName = (name: string): string => {
  if (DNS_LABEL.test(name)) return name;
  throw new ChoreoError("E_USAGE", `"${name}" is no name for a component`, {
    why: "it has to be lower-case letters, digits and hyphens, at most 63 characters",
    fix: `for example --name ${componentName(name)}`,
  });
};

interface ChosenPort {
  readonly number: number;
  readonly by: string;
  /** The Dockerfile exposes it, also the one that a build makes. */
  readonly isTold: boolean;
}

/** Of the images of sources without a Dockerfile: they set PORT to it. */
const GIVEN_PORT = 8080;

const portOf = ({ port }: InitArgs, facts: FolderFacts | undefined, folder: string): ChosenPort | undefined => {
  if (port !== undefined && port >= 1 && port <= 65_535) return { number: port, by: "--port", isTold: false };
  if (port !== undefined)
    throw new ChoreoError("E_USAGE", `--port ${port} is no port`, { fix: "take one of 1 to 65535" });
  if (facts?.isSite === true) return undefined;
  const found = facts?.port;
  if (found?.isGiven === true && facts?.hasDockerfile === false)
    return { number: GIVEN_PORT, by: `PORT, ${found.by}`, isTold: true };
  if (found !== undefined) return { ...found, isTold: found.by === "Dockerfile" };
  throw new ChoreoError("E_SOURCE", `Nothing in ${path.basename(folder)} says which port it listens on`, {
    why: "neither an EXPOSE in a Dockerfile nor a port in its sources was found",
    fix: "choreo-dev init --port PORT; or --type ManualTask for a program that ends",
  });
};

const summary = (type: string, facts: FolderFacts | undefined, port: ChosenPort | undefined): string =>
  [
    type,
    ...(facts === undefined ? [] : [`${facts.language} (${facts.by})`]),
    ...(port === undefined ? [] : [`port ${port.number} (${port.by})`]),
    facts?.tests === undefined ? "no tests found" : `tests: ${facts.tests}`,
  ].join(", ");

/** All or nothing. Only what the source says of itself may be there: it wins. */
const refuseExisting = async (files: readonly NewFile[], cwd: string): Promise<void> => {
  for (const { file } of files) {
    if (file.endsWith(DESCRIPTION_FILE) || !existsSync(file)) continue;
    throw new ChoreoError("E_CHANGE_REFUSED", `${shown(cwd, file)} is there already`, {
      why: "init overwrites nothing, and nothing was written",
      fix: `choreo-dev apply -f ${shown(cwd, file)}, or remove it first`,
    });
  }
};

/** Whether the file was written; one that is there stays as it is. */
const writeNew = async (file: string, text: string): Promise<boolean> => {
  await mkdir(path.dirname(file), { recursive: true });
  return writeFile(file, text, { flag: "wx" }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
};

const shown = (cwd: string, file: string): string => {
  const relative = path.relative(cwd, file);
  if (relative === "") return ".";
  return relative.startsWith("..") ? file : relative;
};

const nextCommands = (config: string | undefined, name: string, resources: string): string => {
  const steps =
    config === undefined
      ? [["choreo-dev up", "boots the platform"]]
      : [
          ["choreo-dev up", `boots the platform of ${config}, if it is not up`],
          [`choreo-dev apply -f ${resources}`, `or name it in ${config}: components: [{ path: ${resources} }]`],
        ];
  const all = [
    ...steps,
    [`choreo-dev build ${name}`, "builds it, deploys it and prints its URL"],
    [`choreo-dev dev ${name}`, "does so on every save"],
  ];
  const width = Math.max(...all.map(([command = ""]) => command.length));
  return all
    .map(
      ([command = "", purpose = ""], index) =>
        `${index === 0 ? "next" : "    "}  ${command.padEnd(width)}  ${purpose}\n`,
    )
    .join("");
};
