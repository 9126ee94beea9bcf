import { ERROR_CODES } from "../../lib/errors.ts";
import type { Finding } from "../../engine/engine.ts";
import type { Handler } from "../command.ts";
import type { DoctorArgs } from "../definitions/platform.ts";
import { callContext, loadTarget } from "../platform.ts";
import { OUTPUT_API_VERSION } from "../../lib/output-api-version.ts";
import { writeResult } from "../render/output.ts";
import { type Style, styleFor } from "../render/style.ts";

/** Shows every finding with its fix. The exit code is that of the first one that would stop `up`, 0 without one. */
export const run: Handler<DoctorArgs> = async (args, context) => {
  const { io, seams } = context;
  const loaded = await loadTarget(args, context);
  const findings = await seams.examine({ ...callContext(context), loaded, fix: args.fix });
  await writeResult(io, args.output, {
    value: { apiVersion: OUTPUT_API_VERSION, kind: "Diagnosis", findings },
    table: () => findingsText(findings, styleFor(io.stdout, io.env)),
  });
  const refused = findings.find(({ level }) => level === "refuse");
  return refused === undefined ? 0 : ERROR_CODES[refused.code ?? "E_ENGINE_UNSUPPORTED"].exit;
};

const findingsText = (findings: readonly Finding[], style: Style): string => {
  const idColumn = Math.max(...findings.map(({ id }) => id.length));
  return findings.flatMap((finding) => linesOf(finding, idColumn, style)).join("");
};

const linesOf = ({ level, id, message, why, fix, fixable }: Finding, idColumn: number, style: Style): string[] => {
  const word = { ok: style.green("ok    "), warn: style.yellow("warn  "), refuse: style.red("refuse") }[level];
  const lines = [`${word}  ${id.padEnd(idColumn)}  ${message}\n`];
  if (level === "ok") return lines;
  if (why !== undefined) lines.push(`          ${style.dim("why")}   ${why}\n`);
  if (fix !== undefined)
    lines.push(`          ${style.dim("fix")}   ${fix}${fixable === true ? "; or choreo-dev doctor --fix" : ""}\n`);
  return lines;
};
