import path from "node:path";
import { readArchive, writeArchive, writeFolder } from "../../diagnostics/archive.ts";
import type { Diagnostics } from "../../diagnostics/diagnostics.ts";
import { summarise } from "../../diagnostics/summary.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { OUTPUT_API_VERSION } from "../../lib/output-api-version.ts";
import type { Context, Handler } from "../command.ts";
import type { DiagnosticsArgs, DiagnosticsWhat } from "../definitions/diagnostics.ts";
import type { ResultFormat } from "../definitions/shared.ts";
import { widthOf } from "../io.ts";
import { callContext, loadTarget } from "../platform.ts";
import { writeResult } from "../render/output.ts";
import { styleFor } from "../render/style.ts";
import { archiveText } from "../status/archive-text.ts";

type Args = DiagnosticsArgs & DiagnosticsWhat;

/** Writes an archive of what tells how the platform is, or reads one. */
export const run: Handler<Args> = (args, context) =>
  args.action === "open" ? openArchive(args, context) : collect(args, context);

const collect = async (args: Args, context: Context): Promise<void> => {
  const { io, seams } = context;
  if (args.show !== undefined || args.unpack !== undefined)
    throw usage(
      `--${args.show === undefined ? "unpack" : "show"} reads an archive`,
      "choreo-dev diagnostics open FILE",
    );
  const format = formatOf(args.output);
  const loaded = await loadTarget(args, context);
  io.stderr.write(`collecting from platform ${loaded.platform.name}\n`);
  const diagnostics = await seams.collectDiagnostics({ ...callContext(context), loaded });
  const file = path.resolve(
    io.cwd,
    format === undefined && args.output !== undefined ? args.output : defaultName(diagnostics),
  );
  const bytes = await writeArchive(file, diagnostics);
  const { parts, missing } = diagnostics.manifest;
  io.stderr.write(`${parts.length} files, ${(bytes / 1e6).toFixed(1)} MB; without keys and secrets\n`);
  for (const { path: part, why } of missing) io.stderr.write(`not in it  ${part}: ${why}\n`);
  await writeResult(io, format ?? "text", {
    value: { apiVersion: OUTPUT_API_VERSION, kind: "DiagnosticsArchive", file, bytes, parts, missing },
    table: () => `${file}\n`,
  });
};

/** No colons: they cannot be in file names everywhere. */
const defaultName = ({ manifest }: Diagnostics): string =>
  `choreo-dev-${manifest.platform}-${manifest.createdAt.slice(0, 19).replaceAll(/[:-]/g, "")}.tar.gz`;

const openArchive = async (args: Args, context: Context): Promise<void> => {
  const { io } = context;
  if (args.file === undefined) throw usage("diagnostics open needs FILE", "choreo-dev diagnostics open FILE");
  const format = formatOf(args.output);
  if (args.output !== undefined && format === undefined)
    throw usage(`-o takes table, json or yaml with open, not "${args.output}"`, "--unpack DIR writes the files");
  const diagnostics = await readArchive(path.resolve(io.cwd, args.file));
  if (args.show !== undefined) {
    io.stdout.write(partOf(diagnostics, args.show));
    return;
  }
  if (args.unpack !== undefined) {
    const dir = path.resolve(io.cwd, args.unpack);
    await writeFolder(dir, diagnostics);
    io.stdout.write(`${dir}\n`);
    return;
  }
  const summary = summarise(diagnostics);
  await writeResult(io, format ?? "table", {
    value: { apiVersion: OUTPUT_API_VERSION, kind: "DiagnosticsSummary", ...summary },
    table: () => archiveText(summary, { style: styleFor(io.stdout, io.env), width: widthOf(io.stdout) }),
  });
};

const partOf = ({ manifest, parts }: Diagnostics, wanted: string): string => {
  if (wanted === "diagnostics.json") return `${JSON.stringify(manifest, undefined, 2)}\n`;
  const found = parts.find((part) => part.path === wanted);
  if (found !== undefined) return found.text;
  const missing = manifest.missing.find((part) => part.path === wanted);
  const near = didYouMean(
    wanted,
    parts.map((part) => part.path),
  );
  throw new ChoreoError("E_NOT_FOUND", `The archive has no ${wanted}`, {
    ...(missing !== undefined ? { why: missing.why } : near === undefined ? {} : { why: `did you mean ${near}?` }),
    fix: "--show diagnostics.json lists its files",
  });
};

const FORMATS: readonly ResultFormat[] = ["table", "json", "yaml"];

/** `-o` is the form of the result as everywhere, and else the name of the archive. */
const formatOf = (output: string | undefined): ResultFormat | undefined => FORMATS.find((format) => format === output);

const usage = (message: string, fix: string): ChoreoError => new ChoreoError("E_USAGE", message, { fix });
