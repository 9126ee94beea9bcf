import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { commandTable } from "../../../src/cli/command-table.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { runMain } from "../../helpers/run-main.ts";

const script = async (shell: string): Promise<string> => (await runMain(["completion", shell])).stdout;

const findShell = (name: string): string | undefined =>
  ["/bin", "/usr/bin", "/usr/local/bin"].map((dir) => path.join(dir, name)).find((file) => existsSync(file));

/** What bash offers for a line of words; the last one is being typed. */
const bashOffers = async (...words: string[]): Promise<string[]> => {
  const file = path.join(temporaryFolder(), "script.bash");
  const ask = `COMP_WORDS=(choreo-dev ${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length}; _choreo_dev; printf '%s\\n' "\${COMPREPLY[@]}"`;
  writeFileSync(file, `${await script("bash")}\n${ask}\n`);
  return execFileSync("bash", [file], { encoding: "utf8" }).trim().split("\n");
};

describe("completion", () => {
  test.each(["bash", "zsh", "fish"])("names every command and option for %s", async (shell) => {
    const text = await script(shell);
    for (const { name, options } of commandTable()) {
      expect(text).toContain(name);
      for (const option of Object.keys(options))
        expect(text).toContain(shell === "fish" ? `-l ${option}` : `--${option}`);
    }
  });

  test.skipIf(findShell("bash") === undefined)("works in bash", async () => {
    expect(await bashOffers("st")).toEqual(["stop", "start", "status"]);
    expect(await bashOffers("up", "--rec")).toEqual(["--recreate"]);
    expect(await bashOffers("status", "-o", "")).toEqual(["table", "json", "yaml", "md"]);
    expect(await bashOffers("get", "deployment")).toEqual(["deploymentpipelines", "deploymenttracks", "deployments"]);
    expect(await bashOffers("kubeconfig", "un")).toEqual(["unmerge"]);
  });

  test.each(["bash", "zsh", "fish"].filter((shell) => findShell(shell) !== undefined))("is valid %s", async (shell) => {
    const file = path.join(temporaryFolder(), "script");
    writeFileSync(file, await script(shell));
    expect(() => execFileSync(shell, ["-n", file], { stdio: "pipe" })).not.toThrow();
  });
});
