/** CEL's `"%s is %d".format([...])`. */
export const formatText = (pattern: string, values: readonly unknown[]): string => {
  let next = 0;
  return pattern.replace(
    /%(%|(?:\.(\d+))?([a-zA-Z]))/g,
    (_all, what: string, precision: string | undefined, verb: string) => {
      if (what === "%") return "%";
      if (next >= values.length) throw new Error(`index ${next} out of range`);
      return formatOne(verb, values[next++], precision === undefined ? 6 : Number(precision));
    },
  );
};

const formatOne = (verb: string, value: unknown, precision: number): string => {
  switch (verb) {
    case "s":
      return plain(value);
    case "d":
      return String(value);
    case "f":
      return Number(value).toFixed(precision);
    case "e":
      return Number(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, "e$10$2");
    case "b":
      return typeof value === "boolean" ? (value ? "1" : "0") : (value as bigint).toString(2);
    case "o":
      return (value as bigint).toString(8);
    case "x":
    case "X": {
      const text = typeof value === "string" ? Buffer.from(value).toString("hex") : (value as bigint).toString(16);
      return verb === "X" ? text.toUpperCase() : text;
    }
    default:
      throw new Error(`unrecognized formatting clause "${verb}"`);
  }
};

const plain = (value: unknown): string => {
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, one]) => `${plain(key)}: ${plain(one)}`)
      .sort()
      .join(", ")}}`;
  if (Array.isArray(value)) return `[${value.map(plain).join(", ")}]`;
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  return value === null ? "null" : String(value);
};
