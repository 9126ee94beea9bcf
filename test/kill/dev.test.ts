import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWorld } from "../acceptance/world.ts";
import { ask } from "../helpers/ask.ts";
import { seeded } from "../helpers/random.ts";
import { untilTrue } from "../helpers/until.ts";

const BIN = path.resolve(import.meta.dirname, "../../bin/choreo-dev.js");
const SAVES = 50;
const KILLS = 5;
const LONGEST_PAUSE_MS = 600;

const server = (answer: string): string =>
  `require("node:http").createServer((_, response) => response.end(${JSON.stringify(answer)})).listen(8080);\n`;

describe("a dev session on the embedded engine", () => {
  const world = createWorld("embedded", "killed");
  let child: ChildProcess | undefined;
  let file = "";
  beforeAll(async () => {
    world.configure();
    const source = path.join(world.box.dir, "api");
    mkdirSync(source);
    file = path.join(source, "server.js");
    writeFileSync(file, server("first"));
    writeFileSync(path.join(source, "Dockerfile"), 'FROM node\nEXPOSE 8080\nCMD ["node", "server.js"]\n');
    await world.box.ok(["up"]);
    await world.box.ok(["init", "api"]);
    await world.box.ok(["apply", "-f", "api"]);
    await world.box.ok(["build", "api"]);
    child = spawn(process.execPath, [BIN, "dev"], { cwd: world.box.dir, env: world.box.env, stdio: "ignore" });
  });
  afterAll(() => void child?.kill("SIGKILL"));

  test(`serves the last of ${SAVES} saves, with the supervisor killed ${KILLS} times between them`, async () => {
    const url = await world.url("api", "development");
    const random = seeded(Number(process.env["CHOREO_SEED"] ?? 1));
    const pidFile = path.join(world.box.home, "state", "choreo-dev", world.name, "supervisor.pid");
    for (let save = 1; save <= SAVES; save++) {
      if (save % (SAVES / KILLS) === 0) {
        process.kill((JSON.parse(readFileSync(pidFile, "utf8")) as { pid: number }).pid, "SIGKILL");
        writeFileSync(file, server(`killed ${save}`));
        await world.box.ok(["up"]);
      }
      writeFileSync(file, server(`save ${save}`));
      await delay(random() * LONGEST_PAUSE_MS);
    }
    await untilTrue("the last save to be served", async () =>
      (await ask(url, world.ca()).catch(() => ({ body: "" }))).body === `save ${SAVES}` ? true : undefined,
    );
    child?.kill("SIGINT");
    if (child !== undefined && child.exitCode === null) await once(child, "exit");
    expect((await ask(url, world.ca())).body).toBe(`save ${SAVES}`);
    await world.box.ok(["down", "--force"]);
    expect(await world.leftovers()).toEqual([]);
  });
});
