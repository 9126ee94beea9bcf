import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { DownInput, PlatformFacts, UpInput } from "../../../../src/planes/api.ts";
import { ChoreoError } from "../../../../src/lib/errors.ts";
import { temporaryFolder } from "../../../helpers/temporary-folder.ts";
import { cliWorld, condition, resource } from "../../../helpers/cli-world.ts";

const facts: PlatformFacts = {
  name: "shop",
  engine: "kind",
  topology: "multi-cluster",
  ready: false,
  supervisor: { pid: 4711, startedAt: new Date(Date.now() - 2 * 3_600_000).toISOString(), rssBytes: 96e6, ready: true },
  planes: [
    {
      name: "control",
      role: "control",
      cluster: "shop-control",
      context: "kind-shop-control",
      state: "ready",
      addons: [],
      lastSeen: new Date().toISOString(),
    },
    {
      name: "us-west-2",
      role: "data",
      cluster: "shop-us-west-2",
      context: "kind-shop-us-west-2",
      state: "not ready",
      problem: "gateway is not ready",
      addons: [
        { name: "cilium", version: "1.20.2", ready: true },
        { name: "gateway", version: "3.7.13", ready: false },
      ],
    },
  ],
  problems: [{ message: "plane us-west-2: gateway is not ready", next: "choreo-dev up" }],
};

const deployed = (): ReturnType<typeof cliWorld> => {
  const world = cliWorld();
  const own = { project: "shop", component: "catalog", environment: "development" };
  world.control.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default-org" } });
  world.control.put(resource("Component", "catalog", { labels: { project: "shop" }, spec: { type: "Service" } }));
  world.control.put(
    resource("DeployableArtifact", "catalog-7", {
      labels: own,
      spec: { targetArtifact: { fromImageRef: { tag: "1.26" } } },
    }),
  );
  world.control.put(
    resource("Deployment", "catalog-development", {
      labels: own,
      spec: { deploymentArtifactRef: "catalog-7" },
      status: { conditions: [condition("Ready", "False", "CrashLoopBackOff", "connect ECONNREFUSED")] },
    }),
  );
  world.control.put(
    resource("Endpoint", "catalog-web", {
      labels: own,
      status: {
        address: "https://dev.choreoapis.localhost:8443/shop/catalog",
        conditions: [condition("Ready", "True", "EndpointReady")],
      },
    }),
  );
  return world;
};

describe("status", () => {
  test("shows planes, components, URLs and what blocks on one screen", async () => {
    const { code, stdout, stderr } = await deployed().run(["status"], { seams: { platformStatus: async () => facts } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.replaceAll(/\d+s ago/g, "0s ago")).toMatchSnapshot();
  });

  test("is Markdown for the summary of a job, in which nothing out of a cluster is markup", async () => {
    const problems = [{ message: "plane west: <img> said `no` | or | _so_", next: "choreo-dev up" }];
    const { stdout } = await deployed().run(["status", "-o", "md"], {
      seams: { platformStatus: async () => ({ ...facts, problems }) },
    });
    expect(stdout).toContain("### Platform shop: not ready\n");
    expect(stdout).toContain("| us-west-2 | kind-shop-us-west-2 | not ready: gateway is not ready |");
    expect(stdout).toContain("| shop/catalog | development | 1.26 | CrashLoopBackOff: connect ECONNREFUSED |");
    expect(stdout).toContain("| https://dev.choreoapis.localhost:8443/shop/catalog |");
    expect(stdout).toContain("- plane west: &lt;img\\> said \\`no\\` \\| or \\| \\_so\\_ (next: choreo-dev up)");
  });

  test("is one documented JSON document", async () => {
    const { stdout } = await deployed().run(["status", "-o", "json"], { seams: { platformStatus: async () => facts } });
    expect(JSON.parse(stdout)).toMatchObject({
      apiVersion: "choreo-dev/v1alpha1",
      kind: "PlatformStatus",
      engine: "kind",
      topology: "multi-cluster",
      ready: false,
      planes: [
        { role: "control", cluster: "shop-control", state: "ready" },
        { role: "data", state: "not ready" },
      ],
      components: [
        {
          name: "catalog",
          environments: [{ environment: "development", revision: "1.26", ready: false, state: "CrashLoopBackOff" }],
        },
      ],
      endpoints: [
        {
          component: "catalog",
          environment: "development",
          visibility: "public",
          url: "https://dev.choreoapis.localhost:8443/shop/catalog",
        },
      ],
    });
  });

  test("answers without an API server, too", async () => {
    const world = deployed();
    world.control.intercept = () => new ChoreoError("E_UNREACHABLE", "The API server does not answer");
    const { code, stdout, stderr } = await world.run(["status"], { seams: { platformStatus: async () => facts } });
    expect(code).toBe(0);
    expect(stdout).toContain("us-west-2");
    expect(stderr).toContain("does not answer");
  });
});

describe("up", () => {
  const report = { platform: "shop", engine: "kind" as const, ms: 400, steps: 0, trace: undefined };

  test("hands its options on and keeps stdout free", async () => {
    let given: UpInput | undefined;
    const upPlatform = async (input: UpInput) => {
      given = input;
      input.emit({ type: "done", ms: 400, steps: 0, criticalPath: [], urls: [] });
      return report;
    };
    const argv = ["up", "--recreate", "build", "--recreate", "us-west-2", "--fix", "--retain", "--bundle", "/bundle"];
    const { code, stdout, stderr } = await cliWorld().run(argv, { seams: { upPlatform } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(/nothing to do/i);
    expect(given).toMatchObject({ recreate: ["build", "us-west-2"], fix: true, retain: true, bundle: "/bundle" });
  });

  test("takes the bundle from the environment", async () => {
    let given: UpInput | undefined;
    const upPlatform = async (input: UpInput) => {
      given = input;
      return report;
    };
    await cliWorld().run(["up"], { seams: { upPlatform }, env: { CHOREO_DEV_BUNDLE: "/media/bundle" } });
    expect(given?.bundle).toBe("/media/bundle");
  });

  test("streams events, and nothing else, to stdout with -o ndjson", async () => {
    const upPlatform = async ({ emit }: UpInput) => {
      emit({ type: "step-start", step: "cluster/shop" });
      return { ...report, trace: "/state/trace.json" };
    };
    const { stdout, stderr } = await cliWorld().run(["up", "-o", "ndjson"], { seams: { upPlatform } });
    expect(JSON.parse(stdout)).toMatchObject({ type: "step-start", step: "cluster/shop" });
    expect(stderr).toBe("");
  });

  test("shows a refusal with cause and next step", async () => {
    const upPlatform = () =>
      Promise.reject(
        new ChoreoError("E_PORT_TAKEN", '127.0.0.1:8443 is taken by node (pid 3120, "vite preview")', {
          why: "the gateway of data plane us-west-2 needs it (choreo-dev.yaml:9)",
          fix: "stop that process, or set planes.data[0].gateway.port",
        }),
      );
    const { code, stdout, stderr } = await cliWorld().run(["up"], { seams: { upPlatform } });
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatchInlineSnapshot(`
      "error  E_PORT_TAKEN  127.0.0.1:8443 is taken by node (pid 3120, "vite preview")
        why   the gateway of data plane us-west-2 needs it (choreo-dev.yaml:9)
        fix   stop that process, or set planes.data[0].gateway.port
      "
    `);
  });
});

describe("down", () => {
  test("asks nothing where nobody can answer", async () => {
    let given: DownInput | undefined;
    const downPlatform = async (input: DownInput) => {
      given = input;
    };
    expect((await cliWorld().run(["down"], { seams: { downPlatform } })).code).toBe(0);
    expect(given?.force).toBe(false);
  });
});

describe("plan", () => {
  test("says that there is nothing to do, or what and why", async () => {
    const empty = { planPlatform: async () => ({ platform: "shop", steps: [], refusals: [] }) };
    expect((await cliWorld().run(["plan"], { seams: empty })).stdout).toMatch(/nothing to do/);
    expect(JSON.parse((await cliWorld().run(["plan", "-o", "json"], { seams: empty })).stdout)).toMatchObject({
      kind: "Plan",
      steps: [],
    });
  });
});

describe("doctor", () => {
  test("shows each finding with its fix and fails with the code of the first refusal", async () => {
    const examine = async () => [
      { id: "docker", level: "ok" as const, message: "Docker 28" },
      {
        id: "inotify",
        level: "refuse" as const,
        code: "E_INOTIFY" as const,
        message: "128 instances",
        why: "four clusters need 512",
        fix: "sudo sysctl …",
        fixable: true,
      },
    ];
    const { code, stdout } = await cliWorld().run(["doctor"], { seams: { examine } });
    expect(code).toBe(3);
    expect(stdout).toMatchSnapshot();
  });
});

describe("env", () => {
  test("prints exports that a shell takes", async () => {
    const { stdout } = await cliWorld().run(["env"]);
    expect(stdout).toContain("export KUBECONFIG='/state/control.yaml:/state/us-west-2.yaml'\n");
    expect(stdout).toContain("export CHOREO_DEV_CA='/state/it'\\''s mine/ca.pem'\n");
    expect((await cliWorld().run(["env", "-o", "fish"])).stdout).toContain("set -gx CHOREO_DEV_PLATFORM 'shop'\n");
  });
});

describe("kubeconfig", () => {
  const source = (name: string): string =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      clusters: [{ name, cluster: { server: "https://127.0.0.1:6443", "certificate-authority-data": "QQ==" } }],
      users: [{ name, user: { token: "t" } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    });

  const prepared = (): { world: ReturnType<typeof cliWorld>; mine: string; env: NodeJS.ProcessEnv } => {
    const dir = temporaryFolder();
    const kubeconfig = path.join(dir, "private.yaml");
    const mine = path.join(dir, "mine.yaml");
    writeFileSync(kubeconfig, source("kind-shop-control"));
    writeFileSync(
      mine,
      "# my own\napiVersion: v1\nkind: Config\ncurrent-context: work\nclusters: []\nusers: []\ncontexts: []\n",
    );
    return { world: cliWorld({ kubeconfig }), mine, env: { KUBECONFIG: mine } };
  };

  test("prints the control plane's, or its path", async () => {
    const { world } = prepared();
    expect((await world.run(["kubeconfig"])).stdout).toBe(source("kind-shop-control"));
    expect((await world.run(["kubeconfig", "--path", "--plane", "us-west-2"])).stdout).toBe("/state/us-west-2.yaml\n");
  });

  test("merges into the user's file and takes it out again", async () => {
    const { world, mine, env } = prepared();
    expect((await world.run(["kubeconfig", "merge", "--plane", "control"], { env })).stdout).toBe(
      "kind-shop-control\n",
    );
    const merged = readFileSync(mine, "utf8");
    expect(merged).toContain("# my own");
    expect(merged).toContain("current-context: work");
    expect(merged).toContain("kind-shop-control");
    expect((await world.run(["kubeconfig", "unmerge"], { env })).stdout).toBe("kind-shop-control\n");
    expect(readFileSync(mine, "utf8")).not.toContain("kind-shop");
  });

  test("knows the planes", async () => {
    const { code, stderr } = await prepared().world.run(["kubeconfig", "--plane", "eu"]);
    expect(code).toBe(1);
    expect(stderr).toContain("control, us-west-2");
  });
});
