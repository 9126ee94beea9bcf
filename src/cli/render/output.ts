import type { ResultFormat } from "../definitions/shared.ts";
import type { Io } from "../io.ts";

/** Writes a result to stdout: as JSON or YAML, or as the text that `table` makes. */
export const writeResult = async (
  io: Io,
  format: ResultFormat | "text",
  result: { readonly value: unknown; readonly table: () => string },
): Promise<void> => {
  io.stdout.write(await formatResult(format, result));
};

const formatResult = async (
  format: ResultFormat | "text",
  { value, table }: { readonly value: unknown; readonly table: () => string },
): Promise<string> => {
  switch (format) {
    case "json":
      return `${JSON.stringify(value, undefined, 2)}\n`;
    case "yaml":
      return (await import("yaml")).stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
    case "table":
    case "text":
      return table();
  }
};
