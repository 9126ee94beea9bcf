import { type Command, defineCommand } from "../command.ts";
import { type TargetOptions, targetOptionsWithFile } from "./shared.ts";

export interface DiagnosticsArgs extends TargetOptions {
  readonly output: string | undefined;
  readonly show: string | undefined;
  readonly unpack: string | undefined;
}

export interface DiagnosticsWhat {
  readonly action: "open" | undefined;
  readonly file: string | undefined;
}

const diagnostics = defineCommand<DiagnosticsArgs, DiagnosticsWhat>({
  name: "diagnostics",
  group: "Other",
  describe: "Collect what tells why it fails, in one archive",
  examples: [
    ["choreo-dev diagnostics -o fail.tar.gz", "no secrets in it"],
    ["choreo-dev diagnostics open fail.tar.gz", "on any machine"],
    ["choreo-dev diagnostics open FILE --show journal.ndjson", "one of its files"],
  ],
  positionals: {
    action: {
      describe: "open: read an archive, without the platform",
      required: false,
      variadic: false,
      choices: ["open"],
    },
    file: { describe: "The archive to open", required: false, variadic: false },
  },
  options: {
    output: {
      type: "string",
      alias: "o",
      placeholder: "FILE",
      describe: "Archive to write; table, json or yaml: form of the result",
    },
    show: { type: "string", placeholder: "PATH", describe: "open: print this file of the archive" },
    unpack: { type: "string", placeholder: "DIR", describe: "open: write its files into a folder" },
    ...targetOptionsWithFile,
  },
  load: () => import("../commands/diagnostics.ts"),
});

export const diagnosticsCommands: readonly Command[] = [diagnostics];
