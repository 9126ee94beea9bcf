import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { writeValue } from "../../../src/config/edit.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const TEXT = `# Our platform.
apiVersion: choreo-dev/v1alpha1
kind:   Platform
planes:
  data:
    - name: us   # the first one
      gateway: {port:   8443} # said to everybody
`;

const fileWith = (text: string): string => {
  const file = path.join(temporaryFolder(), "choreo-dev.yaml");
  writeFileSync(file, text);
  return file;
};

describe("writing a value into a configuration", () => {
  test("changes that value and not a byte besides", async () => {
    const file = fileWith(TEXT);
    await writeValue(file, ["planes", "data", 0, "gateway", "port"], 9443);
    expect(readFileSync(file, "utf8")).toBe(TEXT.replace("8443", "9443"));
  });

  test("adds one that is not written, and keeps comments", async () => {
    const file = fileWith(TEXT);
    await writeValue(file, ["name"], "shop");
    const text = readFileSync(file, "utf8");
    expect(text).toMatch(/^name: shop$/m);
    expect(text).toContain("# Our platform.");
    expect(text).toContain("# said to everybody");
  });
});
