import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from "listr2";
import type { Event } from "../../run/events.ts";
import { redact } from "../../lib/redact.ts";
import type { Io } from "../io.ts";
import { type Row, type RowState, type Rows, applyEvent, createRows, rowText } from "./rows.ts";
import { headerLines, noticeLines, summaryLines } from "./summary.ts";
import { type Style, styleFor } from "./style.ts";
import type { Outcome, View } from "./view.ts";

/** A live view on a terminal: one line per group of steps, which appears when its first step starts. */
export const createTasksView = (io: Pick<Io, "stderr" | "env">, outcome: Outcome): View => {
  const style = styleFor(io.stderr, io.env);
  // listr2 cuts at the width of stdout, which is 80 when that is a pipe.
  const columns = Math.min(io.stderr.columns ?? 80, process.stdout.columns ?? 80);
  let screen: Screen | undefined;
  // Lines between the rows would tear the view: they wait for its end.
  const held: string[] = [];
  const say = (lines: readonly string[]): void => {
    if (screen !== undefined) held.push(...lines);
    else io.stderr.write(redact(`${lines.join("\n")}\n`));
  };
  return {
    show: (event) => {
      if (event.type === "plan" && event.steps.length > 0) screen ??= openScreen(io, createRows(event.steps), columns);
      else if ("step" in event) screen?.show(event);
      else say(textOf(event, outcome, style));
    },
    end: async () => {
      await screen?.close();
      screen = undefined;
      if (held.length > 0) say(held.splice(0));
    },
  };
};

const textOf = (event: Event, outcome: Outcome, style: Style): string[] => {
  if (event.type === "platform") return headerLines(event, style);
  if (event.type === "notice") return noticeLines(event, style);
  if (event.type === "done") return summaryLines(event, outcome, style);
  return [];
};

interface Screen {
  show(event: Event): void;
  close(): Promise<void>;
}

/** Our caller knows that stderr is a terminal; listr2 by itself would ask stdout, which may well be a pipe. */
class TerminalRenderer extends DefaultRenderer {
  static override nonTTY: boolean = true;
}

/** listr2 runs nothing here: each of its tasks only waits until its row has ended. */
const openScreen = (io: Pick<Io, "stderr" | "env">, rows: Rows, columns: number): Screen => {
  const ends = new Map(rows.rows.map((row) => [row, createEnd()]));
  const tasks = new Map<Row, { title: string }>();
  const draw = (row: Row): void => {
    const task = tasks.get(row);
    // A row without a title is not shown: it appears when its first step starts.
    if (task !== undefined && row.startedAt > 0) task.title = redact(rowText(rows, row, columns - 2));
  };
  const stderr = io.stderr as NodeJS.WriteStream;
  const list = new Listr(
    rows.rows.map((row) => ({
      title: "",
      task: async (_context: unknown, task: { title: string; skip: () => void }) => {
        tasks.set(row, task);
        draw(row);
        const state = await ends.get(row)?.reached;
        if (state === "failed") throw new Error(row.group);
        if (state === "stopped") task.skip();
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: TerminalRenderer,
      rendererOptions: {
        // Progress is talk: it belongs to stderr, whatever listr2 prefers.
        logger: new ListrLogger({ useIcons: true, toStderr: [], processOutput: new ProcessOutput(stderr, stderr) }),
        formatOutput: "truncate",
        showErrorMessage: false,
        showSkipMessage: false,
      },
    },
  );
  const running = list.run();
  return {
    show: (event) => {
      const row = applyEvent(rows, event);
      if (row === undefined) return;
      draw(row);
      if (row.state !== "waiting" && row.state !== "running") ends.get(row)?.reach(row.state);
    },
    close: async () => {
      for (const { reach } of ends.values()) reach("stopped");
      await running;
    },
  };
};

/** The end of a row, reached once; later calls change nothing. */
const createEnd = (): { readonly reached: Promise<RowState>; readonly reach: (state: RowState) => void } => {
  let reach: (state: RowState) => void = () => undefined;
  const reached = new Promise<RowState>((resolve) => (reach = resolve));
  return { reached, reach: (state) => reach(state) };
};
