import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sandbox } from "../helpers/cli.ts";
import { docker, leftovers, processesWith } from "../helpers/docker.ts";
import { kubectl, podIn, untilTrue } from "../helpers/kubectl.ts";
import { dockerStarter, restartDocker } from "../helpers/restart-docker.ts";
import { runPrintedLine } from "../helpers/shell-line.ts";

const samples = path.resolve(import.meta.dirname, "../../samples");
const box = sandbox("colocated");
const name = `t${randomBytes(3).toString("hex")}`;
const userKubeconfig = path.join(box.home, "kubeconfig");
const context = `kind-${name}`;
const kubeconfig = path.join(box.home, "state", "choreo-dev", name, "kubeconfigs", `${name}.yaml`);
const FOREIGN = "# mine\napiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\ncurrent-context: ''\n";

interface Status {
  ready: boolean;
  engine: string;
  topology: string;
  planes: { name: string; role: string; cluster: string; state: string }[];
  endpoints: { component: string; environment: string; visibility: string; url: string }[];
}

const status = async (): Promise<Status> => JSON.parse((await box.ok(["status", "-o", "json"])).stdout) as Status;

beforeAll(async () => {
  writeFileSync(userKubeconfig, FOREIGN);
  writeFileSync(
    path.join(box.dir, "choreo-dev.yaml"),
    `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\n`,
  );
  await box.ok(["up"]);
});

afterAll(async () => {
  await box.run(["down", "--force"]);
  box.remove();
});

describe("a colocated platform on kind", () => {
  test("leaves what it prints and writes private", () => {
    expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
  });

  test("is ready with all planes in one cluster", async () => {
    const now = await status();
    expect(now).toMatchObject({ ready: true, engine: "kind", topology: "colocated" });
    expect(now.planes.map(({ role, cluster, state }) => `${role} ${cluster} ${state}`)).toEqual([
      `control ${name} ready`,
      `data ${name} ready`,
      `build ${name} ready`,
    ]);
  });

  test("leaves the user's kubeconfig alone until it is asked to merge", async () => {
    expect(readFileSync(userKubeconfig, "utf8")).toBe(FOREIGN);
    await box.ok(["kubeconfig", "merge"]);
    expect(await kubectl(userKubeconfig, context, "get", "nodes", "-o", "name")).toContain(`${name}-control-plane`);
    await box.ok(["kubeconfig", "unmerge"]);
    expect(readFileSync(userKubeconfig, "utf8")).not.toContain(name);
  });

  test("has nothing to do in a second up, and an empty plan", async () => {
    const plan = JSON.parse((await box.ok(["plan", "-o", "json"])).stdout) as { steps: unknown[] };
    expect(plan.steps).toEqual([]);
    expect((await box.ok(["up"])).stderr).toMatch(/nothing to do/i);
  });

  const planned = async (): Promise<string[]> => {
    const plan = JSON.parse((await box.ok(["plan", "-o", "json"])).stdout) as {
      steps: { id: string; change: string; reason: string }[];
    };
    return plan.steps.map(({ id, change, reason }) => `${change} ${id}: ${reason}`);
  };

  test("takes changed settings in place, and gives them back", async () => {
    const file = path.join(box.dir, "choreo-dev.yaml");
    const before = readFileSync(file, "utf8");
    const login = "registries: [{ host: registry.example.com, auth: { username: ci, passwordEnv: CI_PASSWORD } }]";
    writeFileSync(file, `${before}${login}\naddons: { argo-workflows: { enabled: false } }\n`);
    const env = { ...box.env, CI_PASSWORD: randomBytes(8).toString("hex") };
    await box.ok(["up"], { env });
    const node = `${name}-control-plane`;
    const logins = await docker("exec", node, "cat", "/var/lib/kubelet/config.json");
    expect(JSON.parse(logins)).toHaveProperty(["auths", "registry.example.com"]);
    expect(await kubectl(kubeconfig, context, "get", "deployments", "-n", "argo", "-o", "name")).toBe("");
    writeFileSync(file, before);
    expect(await planned()).toEqual([
      `in-place cluster/${name}: its registries or CAs changed`,
      `create addon/argo-workflows@${name}: not installed`,
    ]);
    await box.ok(["up"]);
    expect(await planned()).toEqual([]);
    expect((await box.run(["status", "-o", "json"])).stdout).toContain('"ready": true');
    await expect(docker("exec", node, "cat", "/var/lib/kubelet/config.json")).rejects.toThrow("No such file");
  });

  test("brings what older pins installed in step, in place", async () => {
    const k = (...args: string[]): Promise<string> => kubectl(kubeconfig, context, ...args);
    const record = { data: { version: "3.7.2", hash: "older" } };
    await k(
      "patch",
      "configmap",
      "choreo-dev-addon-argo-workflows",
      "-n",
      "choreo-system",
      "-p",
      JSON.stringify(record),
    );
    await k(
      "annotate",
      "crd",
      "-l",
      "app.kubernetes.io/part-of=choreo",
      "--overwrite",
      "choreo.dev/definitions-hash=older",
    );
    expect(await planned()).toEqual([
      "in-place crds: made by another version",
      `in-place addon/argo-workflows@${name}: version 3.7.2 → 3.7.3`,
    ]);
    await box.ok(["up"]);
    expect(await planned()).toEqual([]);
  });

  test("serves a web application from an image by the printed curl line", async () => {
    await box.ok(["apply", "-f", path.join(samples, "webapp-from-image")]);
    const { stdout } = await box.ok(["url", "webapp", "-e", "development", "--curl"]);
    const line = stdout.trim();
    // Not a second later: apply returns when it serves.
    const answer = await runPrintedLine(`${line} -s -o /dev/null -w '%{http_code}'`, box.env);
    expect(answer.stdout).toBe("200");
    const page = await runPrintedLine(`${line} -s`, box.env);
    expect(page.stdout).toMatch(/nginx/i);
    expect(line).not.toMatch(/ -k|--insecure/);
  });

  test("answers 404 to an internal host name on the public port", async () => {
    const { endpoints } = await status();
    const port = new URL(endpoints[0]!.url).port;
    const line = `${(await box.ok(["url", "webapp", "-e", "development", "--curl"])).stdout.split("https://")[0]} --resolve dev.choreoapis.internal:${port}:127.0.0.1 -s -o /dev/null -w '%{http_code}' https://dev.choreoapis.internal:${port}/`;
    expect((await runPrintedLine(line, box.env)).stdout).toBe("404");
  });

  test("isolates projects on Cilium and lets them meet at the internal gateway", async () => {
    await box.ok(["apply", "-f", path.join(samples, "two-projects")]);
    const client = await podIn(kubeconfig, context, "project-name=portal");
    await podIn(kubeconfig, context, "component-name=reading-list");
    const service = await kubectl(
      ...([kubeconfig, context, "get", "services", "-A", "-l", "component-name=reading-list"] as const),
      "-o",
      "jsonpath={.items[0].metadata.name}.{.items[0].metadata.namespace}",
    );
    const ca = readFileSync(path.join(box.home, "state", "choreo-dev", name, "ca", "ca.pem"), "utf8");
    /** Asks from inside the other project's pod, trusting the local CA: the status, or how it failed. */
    const ask = (url: string): Promise<string> =>
      kubectl(
        ...([kubeconfig, context, "exec", "-n", client.namespace, client.name, "--", "python3", "-c"] as const),
        `import sys, ssl, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1], timeout=5, context=ssl.create_default_context(cadata=sys.argv[2])).status)
except Exception as error:
    print(type(error).__name__)`,
        url,
        ca,
      );
    expect(await ask(`http://${service}:9090/books.json`)).toBe("URLError");
    const internal = "https://dev.choreoapis.internal/default-project/reading-list/books.json";
    await untilTrue("an answer through the internal gateway", async () =>
      (await ask(internal)) === "200" ? true : undefined,
    );
    expect(await ask(`http://${service}:9090/books.json`)).toBe("URLError");
  });

  test("gives a scheduled task its configuration per environment", async () => {
    mkdirSync(box.dir, { recursive: true });
    writeFileSync(
      path.join(box.dir, "choreo.secrets.yaml"),
      readFileSync(path.join(samples, "scheduled-task", "choreo.secrets.yaml")),
    );
    await box.ok(["apply", "-f", path.join(samples, "scheduled-task")]);
    const cronJob = await untilTrue("the CronJob", async () => {
      const found = await kubectl(
        kubeconfig,
        context,
        "get",
        "cronjobs",
        "-A",
        "-l",
        "environment-name=development",
        "-o",
        "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}",
      );
      return found === "" ? undefined : found.split(" ")[0];
    });
    const [namespace = "", job = ""] = cronJob.split("/");
    await kubectl(kubeconfig, context, "create", "job", "now", "-n", namespace, `--from=cronjob/${job}`);
    await kubectl(
      kubeconfig,
      context,
      "wait",
      "-n",
      namespace,
      "job/now",
      "--for=condition=complete",
      "--timeout=120s",
    );
    const printed = await kubectl(kubeconfig, context, "logs", "-n", namespace, "job/now");
    expect(printed.split("\n")).toEqual(
      expect.arrayContaining([
        "MAIL_HOST=mail.test.example",
        "MAIL_PASSWORD=test-password",
        "TRACKER_PROJECT=sandbox",
        "Open issues today",
      ]),
    );
  });

  test("repairs a killed supervisor", async () => {
    const [line = ""] = await processesWith(path.join(box.home, "state"));
    process.kill(Number(line.trim().split(" ")[0]), "SIGKILL");
    expect((await status()).ready).toBe(false);
    await box.ok(["up"]);
    expect((await status()).ready).toBe(true);
  });

  test.skipIf(dockerStarter === undefined)(
    "is ready again within 60 s of a restart of Docker, with the same addresses",
    async () => {
      const addresses = (): Promise<string> =>
        docker(
          "network",
          "inspect",
          `choreo-dev-${name}`,
          "--format",
          "{{range .Containers}}{{.Name}}={{.IPv4Address}} {{end}}",
        );
      const before = await addresses();
      const line = (await box.ok(["url", "webapp", "-e", "development", "--curl"])).stdout.trim();
      await restartDocker();
      const began = performance.now();
      let seen = "";
      await untilTrue("the platform to be ready and answering", async () => {
        const answer = await runPrintedLine(`${line} -sS -m 5 -o /dev/null -w '%{http_code}'`, box.env);
        const { stdout, stderr } = await box.run(["status"]);
        seen = `${answer.stdout} ${answer.stderr}\n${stdout}${stderr}`;
        return answer.stdout === "200" && /kind, colocated {2}ready/.test(stdout) ? true : undefined;
      }).catch(async (error: unknown) => {
        throw new Error(
          `${String(error)}\n${seen}\n${await kubectl(kubeconfig, context, "get", "pods", "-A", "-o", "wide")}`,
        );
      });
      expect((performance.now() - began) / 1000).toBeLessThan(60);
      expect((await addresses()).split(" ").toSorted()).toEqual(before.split(" ").toSorted());
    },
  );

  test("makes a node again that was removed by hand", async () => {
    await docker("rm", "-f", "-v", `${name}-control-plane`);
    const seen = await status();
    expect(seen.planes.map(({ state }) => state)).toEqual(["missing", "missing", "missing"]);
    await box.ok(["up"]);
    expect((await status()).ready).toBe(true);
  });

  test("refuses the name to another folder", async () => {
    const other = path.join(box.home, "elsewhere");
    mkdirSync(other);
    writeFileSync(
      path.join(other, "choreo-dev.yaml"),
      `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\n`,
    );
    for (const command of [["up"], ["down", "--force"]]) {
      const result = await box.run(command, { cwd: other });
      expect(result.code).toBe(3);
      expect(result.stderr).toContain("E_NAME_TAKEN");
      expect(result.stderr).toContain(box.dir);
    }
  });

  test("stops and starts with what was deployed", async () => {
    await box.ok(["stop"]);
    expect(await docker("ps", "-q", "--filter", `label=io.x-k8s.kind.cluster=${name}`)).toBe("");
    await box.ok(["start"]);
    expect((await status()).ready).toBe(true);
  });

  test("leaves nothing after down", async () => {
    await box.ok(["down"]);
    expect(await leftovers(name)).toEqual([]);
    expect(await processesWith(path.join(box.home, "state"))).toEqual([]);
    expect(readFileSync(userKubeconfig, "utf8")).not.toContain(name);
  });
});
