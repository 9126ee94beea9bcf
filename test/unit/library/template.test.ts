import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readTemplate, writeTemplate } from "../../../src/library/template.ts";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-template-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const entry = (key: string, value: object) => [key, { key, value: JSON.stringify(value), revision: 7 }] as const;
const snapshotOf = (name: string) =>
  new Map([
    [
      name,
      new Map([
        entry("/configmaps/choreo-system/addon", { metadata: { labels: { cluster: name } } }),
        entry("/secrets/choreo-system/tls", { data: { "tls.key": "private" } }),
        entry("core.choreo.dev/dataplanes/default-org/default-dataplane", { spec: { clientKey: "private" } }),
        entry(`/nodes//${name}`, { metadata: { name } }),
      ]),
    ],
  ]);

test("a template gives another platform what lasts, under its own name, and no key", async () => {
  const file = path.join(dir, "a.json");
  await writeTemplate(file, "t-0000000001", snapshotOf("t-0000000001"));
  expect(readFileSync(file, "utf8")).not.toContain("private");
  const template = await readTemplate(file, "t-0000000002");
  expect([...(template?.keys() ?? [])]).toEqual(["t-0000000002"]);
  expect(template?.get("t-0000000002")).toEqual([
    {
      key: "/configmaps/choreo-system/addon",
      value: JSON.stringify({ metadata: { labels: { cluster: "t-0000000002" } } }),
      revision: 7,
    },
  ]);
});

test("many that write one at once do not disturb each other", async () => {
  const files = Array.from({ length: 24 }, (_, at) => path.join(dir, `${at % 3}.json`));
  await Promise.all(files.map((file) => writeTemplate(file, "t-0000000001", snapshotOf("t-0000000001"))));
  expect(readdirSync(dir).sort()).toEqual(["0.json", "1.json", "2.json"]);
});

test("one that is damaged or not there is none, and old ones go", async () => {
  const old = path.join(dir, "old.json");
  writeFileSync(old, "{");
  expect(await readTemplate(old, "t-0000000001")).toBeUndefined();
  expect(await readTemplate(path.join(dir, "none.json"), "t-0000000001")).toBeUndefined();
  utimesSync(old, 0, 0);
  await writeTemplate(path.join(dir, "new.json"), "t-0000000001", snapshotOf("t-0000000001"));
  expect(readdirSync(dir)).toEqual(["new.json"]);
});
