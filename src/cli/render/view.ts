import type { Emit, Event } from "../../run/events.ts";
import type { ProgressFormat } from "../definitions/shared.ts";
import { type Io, isInteractive } from "../io.ts";
import { createNdjsonView } from "./ndjson.ts";
import { createPlainView } from "./plain.ts";

/** Draws the events of a run. */
export interface View {
  show(event: Event): void;
  /** Draws what is left. To be called once, also after a failure. */
  end(): Promise<void>;
}

/** What to say at the end: "Ready in 41.7 s". */
export type Outcome = "Ready" | "Stopped" | "Removed";

export interface RunningView {
  readonly emit: Emit;
  end(): Promise<void>;
}

/** NDJSON where asked for, a live view where a person watches, lines everywhere else. */
export const openView = async (io: Io, format: ProgressFormat, outcome: Outcome): Promise<RunningView> => {
  const view = await createView(io, format, outcome);
  return {
    emit: (body) => view.show({ at: Date.now(), ...body }),
    end: () => view.end(),
  };
};

const createView = async (io: Io, format: ProgressFormat, outcome: Outcome): Promise<View> => {
  if (format === "ndjson") return createNdjsonView(io);
  if (!isInteractive(io.stderr, io.env)) return createPlainView(io, outcome);
  const { createTasksView } = await import("./tasks.ts");
  return createTasksView(io, outcome);
};
