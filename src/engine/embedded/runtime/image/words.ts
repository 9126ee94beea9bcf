/**
 * Splits a command line at blanks as a shell does, with single quotes, double quotes and backslashes, and with nothing
 * else of a shell. Undefined when a quote is not closed.
 */
export const splitWords = (line: string): string[] | undefined => {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (quote === "'") {
      if (char === "'") quote = "";
      else word += char;
    } else if (char === "\\" && at + 1 < line.length) {
      const next = line.charAt(++at);
      const keeps = quote === '"' && !'"\\$`\n'.includes(next);
      word = (word ?? "") + (keeps ? `\\${next}` : next === "\n" ? "" : next);
    } else if (quote === '"') {
      if (char === '"') quote = "";
      else word += char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
};

/** The words of a JSON array of texts, or of a line that is split like a shell's. Undefined when it is neither or empty. */
export const parseCommand = (text: string): string[] | undefined => {
  const words = text.trim().startsWith("[") ? jsonWords(text) : splitWords(text);
  return words === undefined || words.length === 0 || words[0] === "" ? undefined : words;
};

const jsonWords = (text: string): string[] | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item): item is string => typeof item === "string") ? value : undefined;
  } catch {
    return undefined;
  }
};
