import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { sandbox } from "./cli.ts";
import { leftovers, processesWith } from "./docker.ts";

/** Moments of an `up`, named by the first line of its progress that tells of them. */
export const KILL_POINTS: readonly string[] = [
  "start   network",
  "done    network",
  "start   registry",
  "start   clusters",
  "starting the Kubernetes control plane",
  "start   images",
  "done    clusters",
  "start   cilium",
  "start   control plane  controller",
  "start   planes",
  "start   resources",
  "done    resources",
];

export interface KillOutcome {
  readonly point: string;
  /** Whether the point was reached; a point that goes by too fast is killed at the end instead. */
  readonly killed: boolean;
  /** Everything that is wrong afterwards; empty is what we want. */
  readonly broken: string[];
}

/** Kills `up` with SIGKILL at a point, runs `up` again, then `down`, and looks for anything left. */
export const killAndRepair = async (point: string): Promise<KillOutcome> => {
  const box = sandbox("kill");
  const name = `k${randomBytes(3).toString("hex")}`;
  const kubeconfig = path.join(box.home, "kubeconfig");
  const foreign = "# not yours\napiVersion: v1\nkind: Config\n";
  writeFileSync(kubeconfig, foreign);
  writeFileSync(
    path.join(box.dir, "choreo-dev.yaml"),
    `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\n`,
  );
  const broken: string[] = [];
  try {
    const killed = await killAt(box.dir, box.env, point);
    const again = await box.run(["up"]);
    if (again.code !== 0) broken.push(`up after the kill exited with ${again.code}:\n${again.stderr}`);
    const status = await box.run(["status", "-o", "json"]);
    if (!status.stdout.includes('"ready": true'))
      broken.push(`not ready after the second up:\n${status.stdout}${status.stderr}`);
    const down = await box.run(["down", "--force"]);
    if (down.code !== 0) broken.push(`down exited with ${down.code}:\n${down.stderr}`);
    broken.push(...(await leftovers(name)), ...(await processesWith(path.join(box.home, "state"))));
    if (readFileSync(kubeconfig, "utf8") !== foreign) broken.push("the user's kubeconfig was changed");
    return { point, killed, broken };
  } finally {
    await box.run(["down", "--force"]);
    box.remove();
  }
};

const killAt = (dir: string, env: NodeJS.ProcessEnv, point: string): Promise<boolean> => {
  const bin = path.resolve(import.meta.dirname, "../../bin/choreo-dev.js");
  const child = spawn(process.execPath, [bin, "up"], { cwd: dir, env, stdio: ["ignore", "ignore", "pipe"] });
  return new Promise((resolve, reject) => {
    let text = "";
    let killed = false;
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (killed || !text.includes(point)) return;
      killed = true;
      child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", () => resolve(killed));
  });
};
