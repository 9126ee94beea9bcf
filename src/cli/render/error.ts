import { ChoreoError, isChoreoError, messageOf } from "../../lib/errors.ts";
import { redact } from "../../lib/redact.ts";
import { type Output, isSet } from "../io.ts";
import { styleFor } from "./style.ts";

/**
 * Turns anything that was thrown into words on `output`: the code and what happened, why, the evidence, and the next
 * step last, nearest to the prompt. Returns the exit code. Nothing else in the program does this.
 */
export const renderError = (error: unknown, output: Output, env: NodeJS.ProcessEnv): number => {
  const known = asChoreoError(error, env);
  const style = styleFor(output, env);
  if (known.code === "E_INTERRUPTED") {
    output.write(`${[style.yellow("interrupted"), known.message, known.fix].filter(Boolean).join("  ")}\n`);
    return known.exitCode;
  }
  const lines = [`${style.red("error")}  ${style.bold(known.code)}  ${known.message}`];
  if (known.why !== undefined) lines.push(...labelled(style.dim("why"), known.why));
  for (const line of known.evidence) lines.push(`  ${line}`);
  if (known.fix !== undefined) lines.push(...labelled(style.dim("fix"), known.fix));
  output.write(redact(`${lines.join("\n")}\n`));
  return known.exitCode;
};

const labelled = (label: string, text: string): string[] => {
  const [first = "", ...rest] = text.split("\n");
  return [`  ${label}   ${first}`, ...rest.map((line) => `        ${line}`)];
};

/** What nobody foresaw is a bug of the program: it says so, and shows its stack to whoever asks. */
const asChoreoError = (error: unknown, env: NodeJS.ProcessEnv): ChoreoError => {
  if (isChoreoError(error)) return error;
  const debug = isSet(env["CHOREO_DEV_DEBUG"]);
  const stack = error instanceof Error ? (error.stack ?? "").split("\n").slice(1) : [];
  return new ChoreoError("E_INTERNAL", messageOf(error) || "Something failed without a message", {
    why: "choreo-dev did not expect this: it is a bug",
    fix: debug ? "report it with the lines above" : "CHOREO_DEV_DEBUG=1 shows where it happened; please report it",
    evidence: debug ? stack.map((line) => line.trimEnd()) : [],
    cause: error,
  });
};
