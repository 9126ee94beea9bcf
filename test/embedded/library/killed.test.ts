import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, test } from "vitest";
import { sandbox } from "../../helpers/cli.ts";
import { processesWith } from "../../helpers/docker.ts";
import { untilTrue } from "../../helpers/until.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const box = sandbox("killed");
afterAll(() => box.remove());

const PROGRAM = `
  import { startPlatform } from ${JSON.stringify(path.join(root, "dist", "index.js"))};
  const platform = await startPlatform({ components: { webapp: ${JSON.stringify(path.join(root, "samples/webapp-from-image"))} } });
  console.log((await platform.fetch("webapp")).status);
`;

test("a test process that is killed leaves neither processes nor files after 15 s", async () => {
  const script = path.join(box.dir, "program.mjs");
  writeFileSync(script, PROGRAM);
  const child = spawn(process.execPath, [script], { env: box.env, stdio: ["ignore", "pipe", "inherit"] });
  const [status] = (await once(createInterface(child.stdout), "line")) as [string];
  expect(status).toBe("200");
  const state = path.join(box.home, "state", "choreo-dev");
  const left = async (): Promise<string[]> => [
    ...readdirSync(state).filter((name) => name.startsWith("t-")),
    ...(await processesWith(path.join(box.home, "state"))),
  ];
  expect((await left()).length).toBeGreaterThan(1);
  child.kill("SIGKILL");
  await untilTrue("nothing to be left", async () => ((await left()).length === 0 ? true : undefined), 15_000);
  await untilTrue("the reaper to end", async () => (existsSync(path.join(state, "reaper.lock")) ? undefined : true));
});
