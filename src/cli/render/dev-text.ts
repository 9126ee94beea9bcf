import type { DevEvent } from "../../dev/loop/session.ts";
import type { Style } from "./style.ts";

/** Lines of a dev session: one for each change, and what a failed one said below it. Remembers what is served. */
export const createDevText = (style: Style): ((event: DevEvent, now: Date) => string) => {
  const good = new Map<string, string>();
  const failing = new Set<string>();
  return (event, now) => {
    if (event.type === "watching")
      return `watching ${style.bold(event.component)}  ${event.folder}, ${event.files} files\n`;
    if (event.type === "trouble")
      return `${clock(now)}  ${style.bold(event.component)}  ${style.yellow(event.message)}\n`;
    const { component, changes, outcome, ms } = event;
    const { notes = [] } = outcome;
    const head = `${clock(now)}  ${style.bold(component)}  ${changesText(changes.map(({ path }) => path))}`;
    if (outcome.path === "nothing") return `${head}  ${outcome.message ?? "nothing to do"}\n`;
    if (outcome.state === "failed") {
      failing.add(component);
      const served = good.get(component);
      const still =
        served === undefined ? "still serving the version before" : `still serving the version of ${served}`;
      const [first = "", ...more] = (outcome.message ?? "it failed").split("\n");
      return `${head}  ${style.red("failed")}: ${first}\n${below([...more, ...notes, still])}`;
    }
    good.set(component, clock(now));
    const healed = failing.delete(component) ? "  healed" : "";
    const phases = outcome.phases.map(([phase, took]) => `${Math.round(took)} ${phase}`).join(" · ");
    const line = `${head}  ${outcome.path} → ${style.green("ready")}  ${duration(ms)}  (${phases})${healed}\n`;
    return line + below(notes);
  };
};

const below = (lines: readonly string[]): string => lines.map((line) => `          ${line}\n`).join("");

const clock = (date: Date): string => date.toTimeString().slice(0, 8);

const duration = (ms: number): string => (ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

const SHOWN = 2;

const changesText = (paths: readonly string[]): string => {
  if (paths.length === 0) return "as it is on disk";
  const more = paths.length - SHOWN;
  return more > 0 ? `${paths.slice(0, SHOWN).join(", ")} and ${more} more` : paths.join(", ");
};
