import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Port } from "./describe-folder.ts";

/** A port that is taken where the variable PORT says nothing. */
const GIVEN = /\bPORT\b["'\]) ]*\s*(?:\|\||\?\?|,|:)\s*["'`]?(\d{2,5})\b/;

/** How programs write the port that they listen on, the surest first. */
const PATTERNS: readonly RegExp[] = [
  // server.listen(3000), listen({ port: 3000 }), ListenAndServe(":8080"), app.run(port=5000)
  /\blisten\w*\(\s*(?:\{[^}]*?\bport\s*:\s*)?(\d{2,5})\b/i,
  /\bListenAndServe(?:TLS)?\(\s*["'`][^"'`]*:(\d{2,5})["'`]/,
  /\b(?:HTTPServer|TCPServer|Server)\(\s*\(\s*["'][^"']*["']\s*,\s*(\d{2,5})\s*\)/,
  // process.env.PORT || 3000, env["PORT"] ?? 3000, os.environ.get("PORT", "8000")
  GIVEN,
  // const port = 3000, PORT=3000, port: 3000, --port 3000
  /\bport\b["']?\s*(?::\s*(?:int|number)\s*)?[=:]\s*["'`]?(\d{2,5})\b/i,
  /--port[= ](\d{2,5})\b/,
];

const SOURCES = /(?:\.(?:[cm]?[jt]s|py|go|rs)|(?:^|\/)(?:Procfile|package\.json))$/;
/** Programs say it near their beginning; a big tree is not read for it. */
const MOST_FILES = 200;
const MOST_BYTES = 256_000;

/** The port that the sources of a program name: of the surest pattern the file nearest to the root. */
export const findPort = async (folder: string, files: readonly string[]): Promise<Port | undefined> => {
  const candidates = files
    .filter((file) => SOURCES.test(file) && !/(?:^|\/)tests?\/|[._]test\.|(?:^|\/)test_|\.spec\./.test(file))
    .toSorted((a, b) => depth(a) - depth(b) || a.localeCompare(b))
    .slice(0, MOST_FILES);
  const texts = await Promise.all(
    candidates.map(async (file) => ({ file, text: await textOf(path.join(folder, file)) })),
  );
  for (const pattern of PATTERNS) {
    for (const { file, text } of texts) {
      const found = pattern.exec(text);
      const number = Number(found?.[1]);
      if (found === null || number < 1 || number > 65_535) continue;
      const line = text.slice(0, found.index).split("\n").length;
      return { number, by: `${file}:${line}`, isGiven: pattern === GIVEN };
    }
  }
  return undefined;
};

const depth = (file: string): number => file.split("/").length;

const textOf = async (file: string): Promise<string> => {
  const bytes = await readFile(file).catch(() => Buffer.alloc(0));
  return bytes.subarray(0, MOST_BYTES).toString("utf8");
};
