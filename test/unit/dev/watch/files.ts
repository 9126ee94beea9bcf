import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";

/** Writes files below a folder, with the folders that they need. */
export const put = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
};

/** A folder with files that goes with the test. */
export const tree = (files: Readonly<Record<string, string>> = { "src/a.js": "1", "src/b.js": "2" }): string => {
  const folder = temporaryFolder();
  put(folder, files);
  return folder;
};
