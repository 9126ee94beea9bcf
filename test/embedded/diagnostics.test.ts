import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readArchive } from "../../src/diagnostics/archive.ts";
import { createWorld } from "../acceptance/world.ts";
import { sandbox } from "../helpers/cli.ts";
import { untilTrue } from "../helpers/until.ts";

const world = createWorld("embedded", "diagnostics");
const { box, name } = world;
const file = path.join(box.dir, "fail.tar.gz");

const IN_CLUSTER = "s3cr3t-of-the-database";
const IN_FILE = "value-of-the-local-secrets-file";
const SAID = "*** and *** and the end";
const POD = { namespace: "default", name: "talkative" };

/** A pod that logs both secrets, one out of its environment and one out of its command line. */
const talkativePod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    ...POD,
    annotations: {
      "process.choreo.dev/command": JSON.stringify([
        "node",
        "-e",
        "console.log(process.env.PASSWORD, 'and', process.argv[1], 'and the end'); setInterval(() => {}, 1000)",
        IN_FILE,
      ]),
    },
  },
  spec: {
    containers: [
      {
        name: "main",
        image: "none",
        env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "talkative", key: "password" } } }],
      },
    ],
  },
};

/** Which of all secrets of the platform are in the archive. */
const leaks = (): string[] => {
  const state = path.join(box.home, "state", "choreo-dev", name);
  const credentials = JSON.parse(readFileSync(path.join(state, "clusters", name, "credentials.json"), "utf8")) as {
    adminToken: string;
    admin: { key: string };
    tokenKey: string;
  };
  const kubeconfig = readFileSync(path.join(state, "kubeconfigs", `${name}.yaml`), "utf8");
  const [, clientKey = "missing"] = /client-key-data: (\S+)/.exec(kubeconfig) ?? [];
  const keys = [
    credentials.admin.key,
    credentials.tokenKey,
    readFileSync(path.join(state, "ca", "ca.key.pem"), "utf8"),
  ];
  const secrets = [
    IN_CLUSTER,
    Buffer.from(IN_CLUSTER).toString("base64"),
    IN_FILE,
    credentials.adminToken,
    clientKey,
    ...keys.flatMap((key) => key.split("\n").filter((line) => line.length > 20 && !line.startsWith("--"))),
  ];
  expect(Math.min(...secrets.map(({ length }) => length))).toBeGreaterThan(20);
  const told = execFileSync("gzip", ["-dc", file], { maxBuffer: 100_000_000 }).toString("latin1");
  return secrets.filter((secret) => told.includes(secret));
};

beforeAll(async () => {
  world.configure();
  writeFileSync(path.join(box.dir, "choreo.secrets.yaml"), `db/password: ${IN_FILE}\n`, { mode: 0o600 });
  await box.ok(["up"]);
  const client = await world.client(name);
  const secret = { apiVersion: "v1", kind: "Secret", metadata: POD, stringData: { password: IN_CLUSTER } };
  await client.create(secret);
  await client.create(talkativePod);
  await untilTrue("the pod to have said it", async () => {
    let text = "";
    try {
      for await (const chunk of client.logs(POD)) text += chunk;
    } catch {
      // It does not run yet.
    }
    return text.includes("the end") ? true : undefined;
  });
});

describe("diagnostics of an embedded platform", () => {
  test("tell everything of one that runs, and none of its secrets", async () => {
    const { stderr } = await box.ok(["diagnostics", "-o", file]);
    expect(stderr).not.toContain("Warning");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { manifest, parts } = await readArchive(file);
    expect(manifest.missing).toEqual([]);
    const textOf = (part: string): string => parts.find((one) => one.path === part)?.text ?? "";
    expect(textOf(`clusters/${name}/logs/default/talkative/main.log`)).toContain(SAID);
    expect(JSON.parse(textOf("status.json"))).toMatchObject({ ready: true });
    expect(JSON.parse(textOf("plan.json"))).toMatchObject({ steps: [] });
    expect(JSON.parse(textOf(`clusters/${name}/objects/Secret.json`))).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ data: { password: "***" } })]),
    });
    expect(leaks()).toEqual([]);
  });

  test("tell of one whose supervisor was killed what is on disk, and say so", async () => {
    const { supervisor } = JSON.parse((await box.ok(["status", "-o", "json"])).stdout) as {
      supervisor: { pid: number };
    };
    process.kill(supervisor.pid, "SIGKILL");
    await box.ok(["diagnostics", "-o", file]);
    const { manifest, parts } = await readArchive(file);
    expect(manifest.missing).toEqual([
      { path: `clusters/${name}`, why: expect.stringContaining("its objects are those of its store on disk") },
    ]);
    const stored = parts.filter((one) => one.path.includes("/stored-logs/"));
    expect(stored.map(({ text }) => text).join("")).toContain(SAID);
    expect(leaks()).toEqual([]);
  });

  test("are read on another machine when the platform is long gone", async () => {
    await box.ok(["down", "--force"]);
    const elsewhere = sandbox("elsewhere");
    const { stdout } = await elsewhere.ok(["diagnostics", "open", file]);
    elsewhere.remove();
    expect(stdout).toContain(`${name}  embedded, colocated  not ready, controller down`);
    expect(stdout).toMatch(/Normal +Started +Pod\/talkative/);
  });
});
