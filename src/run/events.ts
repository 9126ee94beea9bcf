import type { Step } from "../plan/step.ts";

/**
 * Everything the screen, the CI log, `-o ndjson`, the journal and the trace are drawn from. `at` is wall-clock ms since
 * the epoch. Renderers decide how it looks; nothing else writes to the terminal while a command works.
 */
export type Event = { readonly at: number } & EventBody;

export type EventBody =
  | {
      readonly type: "platform";
      readonly name: string;
      readonly version: string;
      readonly config: string;
      readonly engine: string;
      readonly engineReason: string;
    }
  | { readonly type: "notice"; readonly level: "info" | "warn"; readonly message: string; readonly fix?: string }
  | { readonly type: "plan"; readonly steps: readonly Step[] }
  | { readonly type: "step-start"; readonly step: string }
  /** What a running step does or waits for at the moment, one short phrase. */
  | { readonly type: "step-progress"; readonly step: string; readonly message: string }
  | { readonly type: "step-done"; readonly step: string; readonly ms: number; readonly detail?: string }
  | {
      readonly type: "step-failed";
      readonly step: string;
      readonly ms: number;
      readonly error: { readonly code: string; readonly message: string };
    }
  | { readonly type: "step-skipped"; readonly step: string; readonly reason: string }
  | {
      readonly type: "done";
      readonly ms: number;
      readonly steps: number;
      /** Longest chain of dependent steps with the ms of each. */
      readonly criticalPath: readonly { readonly step: string; readonly label: string; readonly ms: number }[];
      readonly urls: readonly { readonly component: string; readonly environment: string; readonly url: string }[];
      /** Components that could be built, and are deployed nowhere. */
      readonly unbuilt?: readonly string[];
    };

export type Emit = (event: EventBody) => void;
