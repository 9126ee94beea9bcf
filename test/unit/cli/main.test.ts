import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { commandTable } from "../../../src/cli/command-table.ts";
import { ChoreoError } from "../../../src/lib/errors.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { runMain } from "../../helpers/run-main.ts";

describe("the command line", () => {
  test("shows all commands on one screen", async () => {
    const { code, stdout, stderr } = await runMain(["--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout.replace(/\d+\.\d+\.\d+/, "X.Y.Z")).toMatchSnapshot();
    expect(stdout.split("\n").length).toBeLessThanOrEqual(32);
    expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test.each(commandTable().map(({ name }) => name))("shows the help of %s on one screen", async (name) => {
    const { code, stdout } = await runMain([name, "--help"]);
    expect(code).toBe(0);
    expect(stdout.split("\n").length).toBeLessThanOrEqual(25);
    expect(stdout.split("\n").filter(({ length }) => length > 80)).toEqual([]);
    expect((await runMain(["help", name])).stdout).toBe(stdout);
  });

  test("shows the help when no command is given", async () => {
    expect(await runMain([])).toEqual(await runMain(["--help"]));
  });

  test("prints its version alone", async () => {
    expect((await runMain(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("describes every command, option and positional in one plain line", () => {
    const texts = commandTable().flatMap(({ describe: text, options, positionals }) => [
      text,
      ...Object.values(options).map((option) => option.describe),
      ...Object.values(positionals).map((positional) => positional.describe),
    ]);
    expect(texts.filter((text) => text.length < 8 && text !== "Ask nothing")).toEqual([]);
    expect(texts.filter((text) => /\.$|\n/.test(text))).toEqual([]);
  });

  test("gives each short option of a command to one option only", () => {
    for (const { name, options } of commandTable()) {
      const letters = Object.values(options).flatMap(({ alias }) => alias ?? []);
      expect({ name, letters: new Set(letters).size }).toEqual({ name, letters: letters.length });
    }
  });

  test("suggests the command that was meant", async () => {
    const { code, stdout, stderr } = await runMain(["statu"]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("E_USAGE");
    expect(stderr).toContain('"status"');
  });

  test.each([
    [["up", "--recrate", "build"], "--recreate"],
    [["get", "components", "-o", "jsn"], '"json"'],
    [["up", "--engine", "kin"], '"kind"'],
    [["kubeconfig", "marge"], '"merge"'],
  ])("suggests what was meant by %j", async (argv, suggestion) => {
    const { code, stderr } = await runMain(argv);
    expect(code).toBe(2);
    expect(stderr).toContain("E_USAGE");
    expect(stderr).toContain(suggestion);
  });

  test.each([
    [["--platform", "shop", "up"]],
    [["up", "-x"]],
    [["up", "now"]],
    [["up", "--bundle"]],
    [["get"]],
    [["logs", "catalog", "--tail", "many"]],
    [["status", "-o", "json", "-o", "yaml"]],
    [["completion", "powershell"]],
  ])("refuses %j as wrong usage", async (argv) => {
    const { code, stdout, stderr } = await runMain(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error {2}E_USAGE {2}/);
  });

  test("never asks the layers below for a line it does not understand", async () => {
    const seams = { loadConfig: () => Promise.reject(new Error("was asked")) };
    expect((await runMain(["up", "--unknown"], { seams })).stderr).not.toContain("was asked");
  });

  test("reports all problems of a configuration with exit code 2", async () => {
    const cwd = temporaryFolder();
    writeFileSync(
      path.join(cwd, "choreo-dev.yaml"),
      "apiVersion: choreo-dev/v1alpha1\nkind: Platform\ntopologi: colocated\nplanes: { dta: [] }\n",
    );
    const { code, stderr } = await runMain(["config", "check"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("E_CONFIG");
    expect(stderr).toContain('"topology"');
    expect(stderr).toContain("choreo-dev.yaml:4:");
  });

  test("prints the resolved configuration and where each value came from", async () => {
    const cwd = temporaryFolder();
    writeFileSync(path.join(cwd, "choreo-dev.yaml"), "apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: shop\n");
    const { code, stdout } = await runMain(["config", "print"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("name: shop # choreo-dev.yaml:3:7");
    expect(stdout).toContain("topology: colocated # default");
    const json = JSON.parse((await runMain(["config", "print", "-o", "json"], { cwd })).stdout) as {
      platform: { name: string };
    };
    expect(json.platform.name).toBe("shop");
  });

  test("never prints the password of a proxy", async () => {
    const cwd = temporaryFolder();
    writeFileSync(
      path.join(cwd, "choreo-dev.yaml"),
      "apiVersion: choreo-dev/v1alpha1\nkind: Platform\nnetwork: { proxy: { http: http://me:hunter2@proxy.example.com:3128 } }\n",
    );
    for (const output of ["yaml", "json"]) {
      const { code, stdout } = await runMain(["config", "print", "-o", output], { cwd });
      expect([code, stdout]).toEqual([0, expect.stringContaining("http://me:***@proxy.example.com:3128")]);
    }
  });

  test("prints a JSON schema", async () => {
    const schema = JSON.parse((await runMain(["config", "schema"])).stdout) as { $schema: string };
    expect(schema.$schema).toContain("2020-12");
  });

  test("prints the pinned versions", async () => {
    const { stdout } = await runMain(["version", "-o", "json"]);
    const document = JSON.parse(stdout) as { kind: string; node: string; addons: { name: string; version: string }[] };
    expect(document).toMatchObject({ kind: "Version", node: process.versions.node });
    expect(document.addons.map(({ name }) => name)).toContain("cilium");
  });

  test("keeps the exit code of an error's code", async () => {
    const seams = { loadConfig: () => Promise.reject(new ChoreoError("E_NOT_READY", "not yet")) };
    expect((await runMain(["status"], { seams })).code).toBe(4);
  });

  test("calls what nobody foresaw a bug", async () => {
    const seams = { loadConfig: () => Promise.reject(new TypeError("undefined is not a function")) };
    const { code, stderr } = await runMain(["status"], { seams });
    expect(code).toBe(1);
    expect(stderr).toContain("E_INTERNAL");
    expect(stderr).not.toContain("at ");
    expect((await runMain(["status"], { seams, env: { CHOREO_DEV_DEBUG: "1" } })).stderr).toMatch(/\n +at /);
  });

  test("ends with 130 and one line when it is interrupted", async () => {
    const abort = new AbortController();
    const seams = {
      loadConfig: async () => {
        abort.abort(new ChoreoError("E_INTERRUPTED", "nothing more was started"));
        throw new Error("socket closed");
      },
    };
    const { code, stderr } = await runMain(["status"], { seams, signal: abort.signal });
    expect(code).toBe(130);
    expect(stderr).toBe("interrupted  nothing more was started\n");
  });
});
