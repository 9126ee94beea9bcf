import type { Command } from "./command.ts";
import { accessCommands } from "./definitions/access.ts";
import { buildCommands } from "./definitions/builds.ts";
import { diagnosticsCommands } from "./definitions/diagnostics.ts";
import { devCommands } from "./definitions/dev.ts";
import { otherCommands } from "./definitions/other.ts";
import { platformCommands } from "./definitions/platform.ts";
import { resourceCommands } from "./definitions/resources.ts";

/** Every command, in the order of the help text. Loading the table loads none of the modules that do the work. */
export const commandTable = (): readonly Command[] => [
  ...platformCommands,
  ...resourceCommands,
  ...buildCommands,
  ...devCommands,
  ...accessCommands,
  ...diagnosticsCommands,
  ...otherCommands,
];

/** The table of commands as the README has it between its markers. */
export const commandTableMarkdown = (commands: readonly Command[] = commandTable()): string => {
  const rows = commands.map(({ name, describe }) => `| \`choreo-dev ${name}\` | ${describe} |`);
  return ["| command | what it does |", "| --- | --- |", ...rows].join("\n");
};
