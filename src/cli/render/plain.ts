import type { Step } from "../../plan/step.ts";
import type { Event } from "../../run/events.ts";
import { redact } from "../../lib/redact.ts";
import type { Io } from "../io.ts";
import { headerLines, noticeLines, summaryLines } from "./summary.ts";
import { type Style, styleFor } from "./style.ts";
import { formatDuration } from "./table.ts";
import type { Outcome, View } from "./view.ts";

/** A CI log is watched for signs of life, and read later: often enough for the one, seldom enough for the other. */
const PROGRESS_EVERY_MS = 10_000;

/** One line per start and end of a step on stderr; what a slow step waits for, every ten seconds. */
export const createPlainView = (io: Pick<Io, "stderr" | "env">, outcome: Outcome): View => {
  const style = styleFor(io.stderr, io.env);
  const steps = new Map<string, Step>();
  const saidAt = new Map<string, number>();
  const titleOf = (id: string): string => {
    const step = steps.get(id);
    return step === undefined ? id : [step.group, step.subject].filter(Boolean).join("  ");
  };
  const isDue = ({ step, at }: { step: string; at: number }): boolean => {
    const due = at - (saidAt.get(step) ?? 0) >= PROGRESS_EVERY_MS;
    if (due) saidAt.set(step, at);
    return due;
  };
  return {
    show: (event) => {
      if (event.type === "plan") for (const step of event.steps) steps.set(step.id, step);
      if (event.type === "step-start") saidAt.set(event.step, event.at);
      if (event.type === "step-progress" && !isDue(event)) return;
      const lines = linesOf(event, { style, titleOf, outcome });
      if (lines.length > 0) io.stderr.write(redact(`${lines.join("\n")}\n`));
    },
    end: async () => undefined,
  };
};

interface Words {
  readonly style: Style;
  readonly titleOf: (step: string) => string;
  readonly outcome: Outcome;
}

const linesOf = (event: Event, { style, titleOf, outcome }: Words): string[] => {
  switch (event.type) {
    case "platform":
      return headerLines(event, style);
    case "notice":
      return noticeLines(event, style);
    case "plan":
      return event.steps.length === 0
        ? []
        : [`plan    ${event.steps.length} ${event.steps.length === 1 ? "step" : "steps"}`];
    case "step-start":
      return [`start   ${titleOf(event.step)}`];
    case "step-progress":
      return [`wait    ${titleOf(event.step)}  ${event.message}`];
    case "step-done":
      return [
        [`${style.green("done")}    ${titleOf(event.step)}`, formatDuration(event.ms), event.detail]
          .filter(Boolean)
          .join("  "),
      ];
    case "step-failed":
      return [
        `${style.red("failed")}  ${titleOf(event.step)}  ${formatDuration(event.ms)}  ${event.error.code} ${event.error.message}`,
      ];
    case "step-skipped":
      return [`skip    ${titleOf(event.step)}  ${event.reason}`];
    case "done":
      return summaryLines(event, outcome, style);
  }
};
