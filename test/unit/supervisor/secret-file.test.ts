import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createSecretFile } from "../../../src/supervisor/secret-file.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const fileWith = (text: string, mode = 0o600): string => {
  const file = path.join(temporaryFolder(), "choreo.secrets.yaml");
  writeFileSync(file, text, { mode });
  return file;
};

describe("the local secrets file", () => {
  test("gives values as they are written", async () => {
    const text = `pin: 00123\nid: 12345678901234567890\nrate: 1.10\nyes: yes\nquoted: "a: b"\nlong: |\n  two\n  lines\n`;
    const lookup = createSecretFile(fileWith(text), () => undefined);
    expect(await Promise.all(["pin", "id", "rate", "yes", "quoted", "long"].map(lookup))).toEqual([
      "00123",
      "12345678901234567890",
      "1.10",
      "yes",
      "a: b",
      "two\nlines\n",
    ]);
  });

  test("has no value for what is not in it, or is no text", async () => {
    const lookup = createSecretFile(fileWith("nested:\n  a: b\n"), () => undefined);
    expect(await Promise.all(["missing", "nested", "constructor", "__proto__"].map(lookup))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(await createSecretFile("/nowhere/secrets.yaml", () => undefined)("a")).toBeUndefined();
  });

  test("is warned of once when others can read it", async () => {
    const said: string[] = [];
    const lookup = createSecretFile(
      fileWith("a: b\n", 0o644),
      (level, message) => void said.push(`${level} ${message}`),
    );
    await lookup("a");
    await lookup("a");
    expect(said).toEqual([expect.stringMatching(/^warn .* can be read by others: chmod 600$/)]);
  });
});
