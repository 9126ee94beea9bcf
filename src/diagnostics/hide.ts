import { redact } from "../lib/redact.ts";
import type { Hide } from "./part.ts";

const HIDDEN = "***";
/** A shorter text is no secret, and would be found in every second word. */
const SHORTEST = 4;
/** A shorter one is looked for between other characters than letters and digits. */
const SHORTEST_ANYWHERE = 8;
/** A line of a key or of a file with several values tells as much as the whole. */
const SHORTEST_LINE = 12;

const SECRET_NAME =
  /(password|passwd|passphrase|token|secret|api_?key|private_?key|client_?key|access_?key|credentials?)$/i;

/**
 * Takes out of a text, or of the texts of a value, everything that looks like a key and every value that is known to be one:
 * as it is, as base64, and as JSON writes it.
 */
export const createHide = (secrets: Iterable<string>): Hide => {
  const needles = needlesOf(secrets);
  const hideText = (text: string): string => {
    let out = text;
    for (const { needle, pattern } of needles) {
      if (!out.includes(needle)) continue;
      out = pattern === undefined ? out.replaceAll(needle, HIDDEN) : out.replaceAll(pattern, HIDDEN);
    }
    return redact(out);
  };
  return { text: hideText, value: (value) => hideValue(value, hideText) };
};

interface Needle {
  readonly needle: string;
  /** Undefined: wherever it is. */
  readonly pattern: RegExp | undefined;
}

/** The longest first, so that one which is part of another leaves no rest of it. */
const needlesOf = (secrets: Iterable<string>): Needle[] => {
  const forms = new Set<string>();
  for (const secret of secrets) for (const form of formsOf(secret)) if (form.length >= SHORTEST) forms.add(form);
  return [...forms]
    .sort((a, b) => b.length - a.length)
    .map((needle) => ({
      needle,
      pattern:
        needle.length < SHORTEST_ANYWHERE
          ? new RegExp(`(?<![\\p{L}\\p{N}])${escapeRegExp(needle)}(?![\\p{L}\\p{N}])`, "gu")
          : undefined,
    }));
};

const formsOf = (secret: string): string[] => {
  const text = secret.trim();
  if (text.length < SHORTEST) return [];
  const lines = text.split("\n").map((line) => line.trim());
  const values = [text, ...(lines.length > 1 ? lines.filter(({ length }) => length >= SHORTEST_LINE) : [])];
  return values.flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    ...(value === text ? [toBase64(secret), toBase64(value), toBase64(`${value}\n`)] : []),
  ]);
};

/** Padding hangs on the length alone, and is left away by some. */
const toBase64 = (text: string): string => Buffer.from(text).toString("base64").replace(/=+$/, "");

const escapeRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);

const hideValue = (value: unknown, hideText: (text: string) => string): unknown => {
  if (typeof value === "string") return hideText(value);
  if (Array.isArray(value)) return value.map((item) => hideValue(item, hideText));
  if (typeof value !== "object" || value === null) return value;
  const { name } = value as { name?: unknown };
  // An environment variable is a name beside its value.
  const isSecret = (key: string): boolean =>
    SECRET_NAME.test(key) || (key === "value" && typeof name === "string" && SECRET_NAME.test(name));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      typeof inner === "string" && inner !== "" && isSecret(key) ? HIDDEN : hideValue(inner, hideText),
    ]),
  );
};
