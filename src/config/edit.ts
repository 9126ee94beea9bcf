import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { writeFileAtomic } from "../lib/fs.ts";
import type { Path } from "./problems.ts";

/** Changes one value of a configuration file in place: comments, order and everything else stay as they are written. */
export const writeValue = async (file: string, at: Path, value: string | number | boolean): Promise<void> => {
  const text = await readFile(file, "utf8");
  const document = parseDocument(text, { keepSourceTokens: true });
  const node = document.getIn(at, true) as { range?: [number, number, number] } | undefined;
  if (node?.range === undefined) {
    document.setIn(at, value);
    await writeFileAtomic(file, String(document));
    return;
  }
  // By its place in the text, because a document that is printed again loses the spacing its author chose.
  const [start, end] = node.range;
  await writeFileAtomic(file, `${text.slice(0, start)}${value}${text.slice(end)}`);
};
