import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { connect } from "../../src/k8s/connect.ts";
import { endpointFromKubeconfig } from "../../src/k8s/kubeconfig.ts";
import { ask } from "../helpers/ask.ts";
import { docker, processesWith } from "../helpers/docker.ts";
import { dockerStarter, restartDocker } from "../helpers/restart-docker.ts";
import { runPrintedLine } from "../helpers/shell-line.ts";
import { untilTrue } from "../helpers/until.ts";
import { checkBuildFailures, checkRegistryKilled } from "./build-failures.ts";
import { checkBuiltSamples } from "./built-samples.ts";
import { checkGitSource } from "./git-source.ts";
import { checkOwnWorkflow } from "./own-workflow.ts";
import { checkWorkflows } from "./workflows.ts";
import { type TestedEngine, type World, casesOf, createWorld } from "./world.ts";

const samples = path.resolve(import.meta.dirname, "../../samples");
const FOREIGN = "# mine\napiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\ncurrent-context: ''\n";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;
const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" } as const;

/** A platform with all planes in one cluster, as its users meet it. The cases build on one another. */
export const colocated = (engine: TestedEngine): void => {
  describe(`a colocated platform on ${engine}`, () => {
    const world = createWorld(engine, "colocated");
    const { box, name } = world;
    const { it, end } = casesOf(engine, "colocated");
    const userKubeconfig = path.join(box.home, "kubeconfig");

    beforeAll(async () => {
      writeFileSync(userKubeconfig, FOREIGN);
      world.configure();
      await box.ok(["up"]);
    });

    it("private-files", "writes its credentials for nobody else to read", async () => {
      expect(statSync(world.kubeconfig(name).file).mode & 0o777).toBe(0o600);
    });

    it("planes", "is ready with all planes in one cluster", async () => {
      const now = await world.status();
      expect(now).toMatchObject({ ready: true, engine, topology: "colocated" });
      expect(now.planes.map(({ role, cluster, state }) => `${role} ${cluster} ${state}`)).toEqual([
        `control ${name} ready`,
        `data ${name} ready`,
        `build ${name} ready`,
      ]);
    });

    it("user-kubeconfig", "leaves the user's kubeconfig alone until it is asked to merge", async () => {
      expect(readFileSync(userKubeconfig, "utf8")).toBe(FOREIGN);
      await box.ok(["kubeconfig", "merge"]);
      const { context } = world.kubeconfig(name);
      const client = connect(await endpointFromKubeconfig(readFileSync(userKubeconfig, "utf8"), context));
      const nodes = await client.list({ apiVersion: "v1", kind: "Node" });
      client.close();
      expect(nodes.items).toHaveLength(1);
      await box.ok(["kubeconfig", "unmerge"]);
      expect(readFileSync(userKubeconfig, "utf8")).not.toContain(name);
    });

    it("second-up", "has nothing to do in a second up, and an empty plan", async () => {
      expect(await world.planned()).toEqual([]);
      expect((await box.ok(["up"])).stderr).toMatch(/nothing to do/i);
    });

    it("addon-off-and-on", "takes an addon out in place, and brings it back", async () => {
      world.configure("addons: { argo-workflows: { enabled: false } }\n");
      await box.ok(["up"]);
      const installed = async (): Promise<string[]> =>
        (await world.status()).planes.flatMap((plane) =>
          (plane as unknown as { addons: { name: string }[] }).addons.map((addon) => addon.name),
        );
      expect(await installed()).not.toContain("argo-workflows");
      world.configure();
      expect(await world.planned()).toEqual([`create addon/argo-workflows@${name}: not installed`]);
      await box.ok(["up"]);
      expect(await installed()).toContain("argo-workflows");
    });

    it("node-settings", "takes changed settings of nodes in place, and gives them back", async () => {
      const env = { ...box.env, CI_PASSWORD: randomBytes(8).toString("hex") };
      world.configure(
        "registries: [{ host: registry.example.com, auth: { username: ci, passwordEnv: CI_PASSWORD } }]\n",
      );
      await box.ok(["up"], { env });
      const node = `${name}-control-plane`;
      const logins = await docker("exec", node, "cat", "/var/lib/kubelet/config.json");
      expect(JSON.parse(logins)).toHaveProperty(["auths", "registry.example.com"]);
      world.configure();
      expect(await world.planned()).toEqual([`in-place cluster/${name}: its registries or CAs changed`]);
      await box.ok(["up"]);
      expect(await world.planned()).toEqual([]);
      expect(await world.status()).toMatchObject({ ready: true });
      await expect(docker("exec", node, "cat", "/var/lib/kubelet/config.json")).rejects.toThrow("No such file");
    });

    it("older-pins", "brings what older pins installed in step, in place", async () => {
      const client = await world.client(name);
      const record = { ...CONFIG_MAP, name: "choreo-dev-addon-argo-workflows", namespace: "choreo-system" };
      await client.mergePatch(record, { data: { version: "3.7.2", hash: "older" } });
      const definitions = await client.list(CRD, { labelSelector: "app.kubernetes.io/part-of=choreo" });
      for (const { metadata } of definitions.items) {
        const annotations = { "choreo.dev/definitions-hash": "older" };
        await client.mergePatch({ ...CRD, name: metadata.name }, { metadata: { annotations } });
      }
      expect(await world.planned()).toEqual([
        "in-place crds: made by another version",
        `in-place addon/argo-workflows@${name}: version 3.7.2 → 3.7.3`,
      ]);
      await box.ok(["up"]);
      expect(await world.planned()).toEqual([]);
    });

    it("webapp", "serves a web application by the URL and the curl line that it prints", async () => {
      await box.ok(["apply", "-f", path.join(samples, "webapp-from-image")]);
      // Not a second later: apply returns when it serves.
      const answer = await world.ask("webapp", "development");
      expect(answer.status).toBe(200);
      expect(answer.body).toMatch(/<html/i);
      const line = (await box.ok(["url", "webapp", "-e", "development", "--curl"])).stdout.trim();
      expect(line).not.toMatch(/ -k|--insecure/);
      const hasCurl = (await runPrintedLine("curl --version", box.env)).code === 0;
      if (!hasCurl) return;
      const page = await runPrintedLine(`${line} -s -o /dev/null -w '%{http_code}'`, box.env);
      expect(page.stdout).toBe("200");
    });

    it("internal-host", "answers 404 to an internal host name on the public port", async () => {
      const url = await world.url("webapp", "development");
      expect((await ask(new URL("/", url).href, world.ca(), "dev.choreoapis.internal")).status).toBe(404);
    });

    it("internal-gateway", "lets projects meet at the internal gateway", async () => {
      await box.ok(["apply", "-f", path.join(samples, "two-projects")]);
      const internal = "https://dev.choreoapis.internal/default-project/reading-list/books.json";
      await untilTrue("an answer through the internal gateway", async () =>
        (await askFromPortal(world, internal)) === "200" ? true : undefined,
      );
    });

    it("isolation", "keeps a project's services from other projects", async () => {
      const [service] = await world.list(name, { apiVersion: "v1", kind: "Service" }, "component-name=reading-list");
      const { metadata } = service!;
      const direct = `http://${metadata.name}.${metadata.namespace ?? ""}:9090/books.json`;
      expect(await askFromPortal(world, direct)).toBe("refused");
    });

    it("scheduled-task", "gives a scheduled task its configuration per environment", async () => {
      mkdirSync(box.dir, { recursive: true });
      const secrets = readFileSync(path.join(samples, "scheduled-task", "choreo.secrets.yaml"));
      writeFileSync(path.join(box.dir, "choreo.secrets.yaml"), secrets, { mode: 0o600 });
      await box.ok(["apply", "-f", path.join(samples, "scheduled-task")]);
      const cronJob = await untilTrue("the CronJob", async () => {
        const [found] = await world.list(
          name,
          { apiVersion: "batch/v1", kind: "CronJob" },
          "environment-name=development",
        );
        return found as unknown as { metadata: { namespace: string }; spec: { jobTemplate: { spec: object } } };
      });
      const { namespace } = cronJob.metadata;
      const client = await world.client(name);
      const job = {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "now", namespace },
        spec: cronJob.spec.jobTemplate.spec,
      };
      await client.create(job);
      const pod = await untilTrue("the task to succeed", async () => {
        const [found] = await world.list(name, { apiVersion: "v1", kind: "Pod" }, "batch.kubernetes.io/job-name=now");
        return (found?.["status"] as { phase?: string } | undefined)?.phase === "Succeeded" ? found : undefined;
      });
      let printed = "";
      for await (const piece of client.logs({ namespace, name: pod.metadata.name })) printed += piece;
      expect(printed.split("\n")).toEqual(
        expect.arrayContaining([
          "MAIL_HOST=mail.test.example",
          "MAIL_PASSWORD=test-password",
          "TRACKER_PROJECT=sandbox",
          "Open issues today",
        ]),
      );
    });

    /** A pod without a probe counts as ready when its container runs; a program takes a moment longer until it listens. */
    const untilItSays = (url: string, wanted: string): Promise<true> =>
      untilTrue(
        `${url} to say ${wanted}`,
        async () => ((await ask(url, world.ca())).body === wanted ? true : undefined),
        20_000,
      );

    it("build", "builds a folder in the build plane, tests first, and deploys what it pushed", async () => {
      const folder = path.join(box.dir, "hello");
      cpSync(path.join(samples, "service-from-source"), folder, { recursive: true });
      const greeting = path.join(folder, "src", "greeting.js");
      await box.ok(["apply", "-f", "hello"]);
      const { stdout } = await box.ok(["build", "hello"]);
      expect(stdout).toMatch(
        /^build\/hello-[0-9a-f]{8} {2}default-org-default-project-hello-\S+@sha256:[0-9a-f]{64}\n$/,
      );
      // The path is the one of .choreo/component.yaml.
      const url = await world.url("hello", "development");
      expect(url).toMatch(/\/default-project\/hello\/hello$/);
      await untilItSays(`${url}?name=Ada`, "Hello, Ada!\n");

      // The same source is built once.
      const again = await box.ok(["build", "hello"]);
      expect(again.stdout).toBe(stdout);
      expect(again.stderr).toContain("of the same source");

      // A failing test stops it before there is an image; what runs goes on.
      writeFileSync(greeting, readFileSync(greeting, "utf8").replace("Hello", "Goodbye"));
      const failed = await box.run(["build", "hello"]);
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(/E_BUILD.*\n.*test: Error \(exit code 1\)/);
      expect(failed.stderr).toContain("greeting.test.js");
      expect((await ask(`${url}?name=Ada`, world.ca())).body).toBe("Hello, Ada!\n");
      const builds = await world.list(name, { apiVersion: "core.choreo.dev/v1", kind: "Build" });
      const artifacts = await world.list(name, { apiVersion: "core.choreo.dev/v1", kind: "DeployableArtifact" });
      expect(builds).toHaveLength(2);
      expect(artifacts.filter(({ metadata }) => metadata.name.startsWith("hello"))).toHaveLength(1);

      // A folder without a Dockerfile is built by what is in it.
      rmSync(path.join(folder, "src", "Dockerfile"));
      for (const file of ["package.json", "server.js", "greeting.js", "greeting.test.js"])
        rmSync(path.join(folder, "src", file));
      writeFileSync(path.join(folder, "src", "main.py"), PYTHON_SERVER);
      const python = await box.ok(["build", "hello"]);
      expect(python.stderr).toMatch(/^test +skipped/m);
      await untilItSays(url, "Hello from Python\n");

      // The next environment gets the same image; where the pipeline asks for an approval, not without one.
      const refused = await box.run(["promote", "hello", "--to", "production"]);
      expect(refused.stderr).toContain("promote hello --to production --approve");
      await box.ok(["promote", "hello"]);
      await untilItSays(await world.url("hello", "staging"), "Hello from Python\n");
      const pods = await world.list(name, { apiVersion: "apps/v1", kind: "Deployment" }, "component-name=hello");
      const images = pods.map(({ spec }) => (spec as PodTemplate).template.spec.containers[0]?.image);
      expect(images).toHaveLength(2);
      expect(new Set(images).size).toBe(1);
      expect(images[0]).toMatch(/@sha256:[0-9a-f]{64}$/);
    });

    it("built-samples", "builds a service, a website and a task without a Dockerfile, and runs them", async () => {
      await checkBuiltSamples(world);
    });

    it("git-source", "builds the tip of a Git repository, and brings the images that it is built on", async () => {
      await checkGitSource(world);
    });

    it("own-workflow", "builds by a workflow of the user's own, whose step can stop it", async () => {
      await checkOwnWorkflow(world);
    });

    it("build-failures", "says why a build fails, leaves nothing of it, and heals with the next", async () => {
      await checkBuildFailures(world);
    });

    it("registry-killed", "says that the registry is gone, and builds again when it is back", async () => {
      await checkRegistryKilled(world);
    });

    it("workflows", "brings workflows to the same end as Argo does", async () => {
      await checkWorkflows(await world.client(name));
    });

    it("killed-supervisor", "repairs a killed supervisor", async () => {
      const lines = await processesWith(path.join(box.home, "state"));
      const supervisor = lines.filter((line) => line.includes("supervisor.js"));
      expect(supervisor).toHaveLength(1);
      process.kill(Number(supervisor[0]?.trim().split(" ")[0]), "SIGKILL");
      expect(await world.status()).toMatchObject({ ready: false });
      await box.ok(["up"]);
      expect(await world.status()).toMatchObject({ ready: true });
      await untilTrue("an answer", async () =>
        (await world.ask("webapp", "development").catch(() => undefined))?.status === 200 ? true : undefined,
      );
    });

    if (engine === "embedded" || dockerStarter !== undefined) {
      it("docker-restart", "is ready again after a restart of Docker, with the same addresses", async () => {
        const addresses = (): Promise<string> =>
          docker(
            ...["network", "inspect", `choreo-dev-${name}`, "--format"],
            "{{range .Containers}}{{.Name}}={{.IPv4Address}} {{end}}",
          );
        const before = await addresses();
        const url = await world.url("webapp", "development");
        await restartDocker();
        await untilTrue("the platform to be ready and answering", async () => {
          const answer = await ask(url, world.ca()).catch(() => undefined);
          const { stdout } = await box.run(["status"]);
          return answer?.status === 200 && /kind, colocated {2}ready/.test(stdout) ? true : undefined;
        });
        expect((await addresses()).split(" ").toSorted()).toEqual(before.split(" ").toSorted());
      });
    }

    it("node-removed", "makes a node again that was removed by hand", async () => {
      await docker("rm", "-f", "-v", `${name}-control-plane`);
      const seen = await world.status();
      expect(seen.planes.map(({ state }) => state)).toEqual(["missing", "missing", "missing"]);
      await box.ok(["up"]);
      expect(await world.status()).toMatchObject({ ready: true });
    });

    it("name-taken", "refuses the name to another folder", async () => {
      const other = path.join(box.home, "elsewhere");
      mkdirSync(other);
      const config = `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nname: ${name}\nengine: ${engine}\n`;
      writeFileSync(path.join(other, "choreo-dev.yaml"), config);
      for (const command of [["up"], ["down", "--force"]]) {
        const result = await box.run(command, { cwd: other });
        expect(result.code).toBe(3);
        expect(result.stderr).toContain("E_NAME_TAKEN");
        expect(result.stderr).toContain(box.dir);
      }
    });

    it("stop-start", "stops and starts with what was deployed", async () => {
      await box.ok(["stop"]);
      if (engine === "kind")
        expect(await docker("ps", "-q", "--filter", `label=io.x-k8s.kind.cluster=${name}`)).toBe("");
      expect((await world.status()).planes.map(({ state }) => state)).toEqual(["stopped", "stopped", "stopped"]);
      await box.ok(["start"]);
      expect(await world.status()).toMatchObject({ ready: true });
    });

    it("down", "leaves nothing after down", async () => {
      await box.ok(["down"]);
      expect(await world.leftovers()).toEqual([]);
      expect(readFileSync(userKubeconfig, "utf8")).not.toContain(name);
    });

    end();
  });
};

/** Asks from inside the pod of another project, trusting the local CA: the status, or `refused` for no answer. */
const askFromPortal = async (world: World, url: string): Promise<string> => {
  const client = await world.podWith(world.name, "project-name=portal");
  const script = `
    const [url, ca] = process.argv.slice(1);
    const client = require(url.startsWith("https") ? "node:https" : "node:http");
    client.get(url, { ca, timeout: 5000 }, (response) => { console.log(response.statusCode); process.exit(); })
      .on("timeout", function () { this.destroy(new Error("timeout")); })
      .on("error", () => { console.log("refused"); process.exit(); });`;
  return world.exec(world.name, client, "node", "-e", script, url, world.ca());
};

interface PodTemplate {
  readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
}

const PYTHON_SERVER = `
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"Hello from Python\\n")


ThreadingHTTPServer(("", 9090), Hello).serve_forever()
`;
