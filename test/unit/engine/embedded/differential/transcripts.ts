import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

// Tests and the recorder run in the root of the project; bundled, the recorder has no folder of its own.
const file = path.resolve("test/unit/engine/embedded/differential/transcripts.json.gz");

export interface Transcripts {
  /** What recorded them: `v1.34.2`. */
  readonly version: string;
  readonly cases: Readonly<Record<string, unknown>>;
}

export const readTranscripts = (): Transcripts =>
  JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as Transcripts;

export const writeTranscripts = (transcripts: Transcripts): void =>
  writeFileSync(file, gzipSync(JSON.stringify(transcripts), { level: 9 }));
