import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { KubeClient } from "../../../src/k8s/client.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";
import { createWorld } from "../../acceptance/world.ts";
import { docker, processesWith } from "../../helpers/docker.ts";
import { execInPod } from "../../../src/k8s/exec.ts";
import { untilTrue } from "../../helpers/until.ts";

const POD = { apiVersion: "v1", kind: "Pod", namespace: "default" };
const IMAGE = "busybox:1.37";
const SERVE = "echo started; echo $GREETING > /www/index.html; exec httpd -f -p 8080 -h /www";

interface Status {
  readonly podIP?: string;
  readonly containerStatuses?: readonly {
    readonly ready: boolean;
    readonly imageID: string;
    readonly state: {
      readonly waiting?: { readonly reason: string; readonly message: string };
      readonly terminated?: { readonly exitCode: number };
    };
  }[];
}

/** In order: each test goes on with what the one before left. */
describe("an image on the embedded engine, where Docker is there", () => {
  const world = createWorld("embedded", "image");
  let client: KubeClient;

  beforeAll(async () => {
    world.configure();
    await world.box.ok(["up"]);
    client = await world.client(world.name);
  });

  const killSupervisor = async (): Promise<void> => {
    const lines = await processesWith(path.join(world.box.home, "state"));
    const supervisor = lines.find((line) => line.includes("supervisor.js"));
    process.kill(Number(supervisor?.trim().split(" ")[0]), "SIGKILL");
  };
  const until = (name: string, what: string, test: (status: Status) => boolean): Promise<Status> =>
    untilTrue(`pod ${name} ${what}`, async () => {
      const status = ((await client.get({ ...POD, name }))?.["status"] ?? {}) as Status;
      return test(status) ? status : undefined;
    });
  const isReady = ({ containerStatuses: [one] = [] }: Status): boolean => one?.ready === true;
  const waits = ({ containerStatuses: [one] = [] }: Status): boolean => one?.state.waiting?.message !== undefined;
  const containers = (name: string): Promise<string> =>
    docker(
      "ps",
      "-aq",
      "--filter",
      `label=choreo.dev/pod=default/${name}`,
      "--filter",
      `label=choreo.dev/engine=embedded`,
    );
  const answer = async ({ podIP = "" }: Status): Promise<string> =>
    (await (await fetch(`http://${podIP}:8080/`)).text()).trim();

  test("serves on its pod's address, with its environment, its volumes and its log", async () => {
    await client.create({
      ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "words", namespace: "default" } },
      data: { word: "mounted" },
    });
    await client.create(served("web"));
    const status = await until("web", "to be ready", isReady);
    expect(status.containerStatuses?.[0]?.imageID).toMatch(/^docker:\/\/sha256:[0-9a-f]{64}$/);
    expect(await answer(status)).toBe("hello");
    let log = "";
    for await (const piece of client.logs({ ...POD, name: "web" })) log += piece;
    expect(log).toBe("started\n");
    const pod = { namespace: "default", name: "web" };
    const ran = await execInPod(await world.endpoint(world.name), { pod, command: ["cat", "/words/word"] });
    expect(ran).toMatchObject({ stdout: "mounted", code: 0 });
    const failed = await execInPod(await world.endpoint(world.name), { pod, command: ["false"] });
    expect(failed.code).toBe(1);
  });

  test("is killed with its supervisor, and back with the next up", async () => {
    const before = await containers("web");
    await killSupervisor();
    await untilTrue(
      "the container to be gone",
      async () => ((await containers("web")) === "" ? true : undefined),
      5000,
    );
    await world.box.ok(["up"]);
    client = await world.client(world.name);
    await untilTrue("another container", async () =>
      ["", before].includes(await containers("web")) ? undefined : true,
    );
    expect(await answer(await until("web", "to be ready again", isReady))).toBe("hello");
  });

  test("goes with its pod", async () => {
    await client.delete({ ...POD, name: "web" });
    await untilTrue("the pod to be gone", async () =>
      (await client.get({ ...POD, name: "web" })) === undefined ? true : undefined,
    );
    expect(await containers("web")).toBe("");
  });

  test("ends with its program's exit code", async () => {
    await client.create(podOf("ends", { command: ["sh", "-c", "exit 3"] }, { restartPolicy: "Never" }));
    const { containerStatuses } = await until(
      "ends",
      "to end",
      ({ containerStatuses: [one] = [] }) => one?.state.terminated !== undefined,
    );
    expect(containerStatuses?.[0]?.state.terminated?.exitCode).toBe(3);
    expect(await containers("ends")).toBe("");
  });

  test("that Docker lacks and may not pull, or cannot, is told with the other ways", async () => {
    await client.create(podOf("never", { image: "choreo.test/absent:1", imagePullPolicy: "Never" }));
    await client.create(podOf("absent", { image: "localhost:1/absent:1" }));
    const [never, absent] = await Promise.all([until("never", "to wait", waits), until("absent", "to wait", waits)]);
    expect(never.containerStatuses?.[0]?.state.waiting?.reason).toBe("ErrImageNeverPull");
    expect(absent.containerStatuses?.[0]?.state.waiting).toMatchObject({
      reason: "ImagePullBackOff",
      message: expect.stringMatching(/could not be pulled.*process\.choreo\.dev\/command/) as string,
    });
  });

  test("is gone after down, when the supervisor was killed before", async () => {
    await client.create(served("last"));
    await until("last", "to be ready", isReady);
    await killSupervisor();
    await world.box.ok(["down", "--force"]);
    expect(await containers("last")).toBe("");
    expect(await world.leftovers()).toEqual([]);
  });
});

const podOf = (name: string, container: object, spec: object = {}): AnyObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: "main", image: IMAGE, ...container }], ...spec },
});

const served = (name: string): AnyObject =>
  podOf(
    name,
    {
      command: ["sh", "-c", SERVE],
      env: [{ name: "GREETING", value: "hello" }],
      ports: [{ containerPort: 8080 }],
      volumeMounts: [
        { name: "www", mountPath: "/www" },
        { name: "words", mountPath: "/words" },
      ],
    },
    {
      volumes: [
        { name: "www", emptyDir: {} },
        { name: "words", configMap: { name: "words" } },
      ],
    },
  );
