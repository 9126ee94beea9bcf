import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { redact } from "../lib/redact.ts";
import type { Event } from "./events.ts";

/**
 * Appends each event as one JSON line. It is evidence for people and diagnostics: nothing is decided by it, because the
 * truth is on the real things. Appending is synchronous so that a kill loses nothing that was shown.
 */
export const openJournal = (file: string): ((event: Event) => void) => {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  return (event) => {
    if (event.type === "step-progress") return;
    appendFileSync(file, `${redact(JSON.stringify(event))}\n`, { mode: 0o600 });
  };
};
