import path from "node:path";
import { type Files, diskFiles } from "./files.ts";
import { HEADER } from "./log.ts";
import { type LogRecord, decodeRecords } from "./record.ts";

/**
 * The last values in the folder of a log, read beside whoever writes it and however damaged it is: what can be read is
 * evidence. Nothing is changed.
 */
export const readLog = async (dir: string, files: Pick<Files, "list" | "read"> = diskFiles): Promise<LogRecord[]> => {
  const names = (await files.list(dir)).filter((name) => /\.(snapshot|log)$/.test(name));
  // By the revision in their names, a snapshot before the segment that goes on from it.
  const inOrder = names.sort((a, b) => orderOf(a).localeCompare(orderOf(b)));
  const values = new Map<string, LogRecord>();
  for (const name of inOrder) {
    const { records } = decodeRecords(await files.read(path.join(dir, name)), HEADER.length);
    for (const record of records) {
      if (record.value === undefined) values.delete(record.key);
      // The last record of a snapshot only counts the others.
      else if (record.key !== "") values.set(record.key, record);
    }
  }
  return [...values.values()];
};

const orderOf = (name: string): string => `${name.slice(0, 16)}${name.endsWith(".snapshot") ? "0" : "1"}`;
