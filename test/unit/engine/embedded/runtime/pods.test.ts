import { rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { processesWith } from "../../../../helpers/docker.ts";
import { untilTrue } from "../../../../helpers/until.ts";
import { type RuntimeWorld, createRuntimeWorld, shell } from "./world.ts";

let world: RuntimeWorld;
beforeAll(async () => {
  world = await createRuntimeWorld();
});
afterAll(() => world.close());

const SERVER = `
  const server = require("node:http").createServer((request, response) => response.end(process.env.ANSWER + " " + request.url));
  server.listen(8080, () => console.log("listening"));
`;

const serving = (answer: string): object => ({
  containers: [
    {
      name: "main",
      image: "example.com/app:1",
      ports: [{ containerPort: 8080 }],
      env: [{ name: "ANSWER", value: answer }],
      readinessProbe: { httpGet: { path: "/ready", port: 8080 }, periodSeconds: 1 },
    },
  ],
});

/** Through the node, as services reach it. */
const get = async (address: string, path = "/"): Promise<string> => {
  const connection = await world.runtime().dial(address, 8080);
  const request = http.request({ path, createConnection: () => connection, headers: { host: "pod" } });
  request.end();
  const response = await new Promise<http.IncomingMessage>((resolve, reject) =>
    request.once("response", resolve).once("error", reject),
  );
  return text(response);
};

describe("a pod of the embedded engine", () => {
  test("is the program in its source folder, at an address of its own, ready when its probe says so", async () => {
    const dir = world.folder({ "server.js": SERVER, "package.json": '{ "scripts": { "start": "node server.js" } }' });
    await world.create("server", serving("one"), { "process.choreo.dev/dir": dir });
    const pod = await world.ready("server");
    const [status] = pod.status?.containerStatuses ?? [];
    expect(status).toMatchObject({
      ready: true,
      started: true,
      restartCount: 0,
      imageID: `process://${dir}#package.json`,
    });
    expect(pod.status).toMatchObject({ phase: "Running", hostIP: "127.0.0.1" });
    expect(await get(pod.status?.podIP ?? "", "/x")).toBe("one /x");
    expect(await world.logs("server")).toBe("listening\n");
  });

  test("shares a port with another pod: unmodified servers run side by side", async () => {
    const dir = world.folder({ "server.js": SERVER });
    await Promise.all(
      ["left", "right"].map((name) => world.create(name, serving(name), { "process.choreo.dev/dir": dir })),
    );
    const pods = await Promise.all(["left", "right"].map((name) => world.ready(name)));
    const answers = await Promise.all(pods.map(({ status }) => get(status?.podIP ?? "")));
    expect(answers).toEqual(["left /", "right /"]);
    expect(pods[0]?.status?.podIP).not.toBe(pods[1]?.status?.podIP);
  });

  test("without a probe is ready when its program listens, and never when it ends before that", async () => {
    const late = `
      const fs = require("node:fs");
      const timer = setInterval(() => {
        if (!fs.existsSync(__dirname + "/go")) return;
        clearInterval(timer);
        require("node:http").createServer((_, response) => response.end("late")).listen(8080);
      }, 10);
    `;
    const container = { name: "main", image: "example.com/app:1", ports: [{ containerPort: 8080 }] };
    const dir = world.folder({ "server.js": late });
    await world.create("listens", { containers: [container] }, { "process.choreo.dev/dir": dir });
    const running = await world.until("listens", "to run", ({ status }) => status?.phase === "Running");
    expect(running.status?.containerStatuses?.[0]).toMatchObject({ started: true, ready: false });
    writeFileSync(path.join(dir, "go"), "");
    const ready = await world.ready("listens");
    expect(await get(ready.status?.podIP ?? "")).toBe("late");

    // The same with a probe that asks for the port: it counts as started when it listens, not before.
    rmSync(path.join(dir, "go"));
    const probed = {
      ...container,
      startupProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1, failureThreshold: 3600 },
    };
    await world.create("starts", { containers: [probed] }, { "process.choreo.dev/dir": dir });
    const starting = await world.until("starts", "to run", ({ status }) => status?.phase === "Running");
    expect(starting.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
    writeFileSync(path.join(dir, "go"), "");
    const probedReady = await world.ready("starts");
    expect(probedReady.status?.containerStatuses?.[0]).toMatchObject({ started: true, ready: true });
    expect(await get(probedReady.status?.podIP ?? "")).toBe("late");

    const broken = world.folder({ "server.js": "const = 1;" });
    const seen: boolean[] = [];
    await world.create("broken", { containers: [container] }, { "process.choreo.dev/dir": broken });
    await world.until("broken", "to crash twice", ({ status }) => {
      const [one] = status?.containerStatuses ?? [];
      seen.push(one?.ready ?? false);
      return (one?.restartCount ?? 0) >= 2;
    });
    expect(seen).not.toContain(true);
  });

  test("gets its environment from values, ConfigMaps, Secrets and itself", async () => {
    await world.client.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace: "default" },
      data: { COLOR: "blue", size: "big" },
    });
    await world.client.create({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "keys", namespace: "default" },
      stringData: { password: "s3cret" },
    });
    const env = [
      { name: "PLAIN", value: "a" },
      { name: "EXPANDED", value: "$(PLAIN)-b" },
      { name: "SIZE", valueFrom: { configMapKeyRef: { name: "settings", key: "size" } } },
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "keys", key: "password" } } },
      { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
    ];
    const containers = [{ name: "main", image: "x", env, envFrom: [{ configMapRef: { name: "settings" } }] }];
    await world.create("env", { containers, restartPolicy: "Never" }, shell("env; exit 0"));
    const pod = await world.ended("env");
    const lines = (await world.logs("env")).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "PLAIN=a",
        "EXPANDED=a-b",
        "SIZE=big",
        "PASSWORD=s3cret",
        "COLOR=blue",
        "NAME=env",
        `IP=${pod.status?.podIP}`,
      ]),
    );
    expect(pod.status?.phase).toBe("Succeeded");
  });

  test("waits for a ConfigMap that is missing and says so", async () => {
    const env = [{ name: "LATE", valueFrom: { configMapKeyRef: { name: "late", key: "key" } } }];
    await world.create(
      "waiting",
      { containers: [{ name: "main", image: "x", env }], restartPolicy: "Never" },
      shell("echo $LATE"),
    );
    const pod = await world.until(
      "waiting",
      "waiting for its configuration",
      ({ status }) => status?.containerStatuses?.[0]?.state.waiting?.reason === "CreateContainerConfigError",
    );
    expect(pod.status?.containerStatuses?.[0]?.state.waiting?.message).toContain('configmap "late" not found');
    await world.client.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "late", namespace: "default" },
      data: { key: "here" },
    });
    await world.ended("waiting");
    expect(await world.logs("waiting")).toBe("here\n");
  });

  test("sees its volumes where it mounts them, and changes of a ConfigMap in them", async () => {
    await world.client.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "files", namespace: "default" },
      data: { "a.txt": "first" },
    });
    const volumes = [
      { name: "files", configMap: { name: "files" } },
      { name: "scratch", emptyDir: {} },
      { name: "about", downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] } },
    ];
    const volumeMounts = [
      { name: "files", mountPath: "/etc/choreo-test" },
      { name: "scratch", mountPath: "/choreo-scratch" },
      { name: "about", mountPath: "/choreo-about" },
    ];
    const containers = [{ name: "main", image: "x", volumeMounts }];
    await world.create(
      "volumes",
      { containers, volumes },
      shell("cat /etc/choreo-test/a.txt /choreo-about/name > /choreo-scratch/out; exec sleep 600"),
    );
    await world.ready("volumes");
    await untilTrue("the file", async () =>
      (await world.exec("volumes", "cat", "/choreo-scratch/out")).stdout === "firstvolumes" ? true : undefined,
    );
    await world.client.mergePatch(
      { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "files" },
      { data: { "a.txt": "second" } },
    );
    await untilTrue("the change", async () =>
      (await world.exec("volumes", "cat", "/etc/choreo-test/a.txt")).stdout === "second" ? true : undefined,
    );
    expect((await world.exec("volumes", "ls", "/etc/choreo-test")).stdout).toBe("a.txt\n");
  });

  test("runs init containers one after the other before its own", async () => {
    const dir = world.folder({ "log.sh": "" });
    const step = (name: string): object => ({ name, image: "x" });
    const annotations = Object.fromEntries(
      ["first", "second", "main"].map((name) => [
        `process.choreo.dev/command.${name}`,
        JSON.stringify(["sh", "-c", `echo ${name} >> ${dir}/order`]),
      ]),
    );
    const spec = {
      initContainers: [step("first"), step("second")],
      containers: [step("main")],
      restartPolicy: "Never",
    };
    await world.create("init", spec as never, annotations);
    const pod = await world.ended("init");
    expect(pod.status?.initContainerStatuses?.map(({ state }) => state.terminated?.reason)).toEqual([
      "Completed",
      "Completed",
    ]);
    await world.create("reader", { restartPolicy: "Never" }, shell(`cat ${dir}/order`));
    await world.ended("reader");
    expect(await world.logs("reader")).toBe("first\nsecond\nmain\n");
  });

  test("fails when an init container does and it may not be tried again", async () => {
    const spec = { initContainers: [{ name: "first", image: "x" }], restartPolicy: "Never" } as never;
    const annotations = {
      "process.choreo.dev/command.first": "sh -c 'exit 3'",
      "process.choreo.dev/command.main": "sh -c 'echo never'",
    };
    await world.create("init-fails", spec, annotations);
    const pod = await world.ended("init-fails");
    expect(pod.status?.phase).toBe("Failed");
    expect(pod.status?.initContainerStatuses?.[0]?.state.terminated?.exitCode).toBe(3);
    await expect(world.logs("init-fails")).rejects.toThrow("waiting to start");
  });

  test("is started again with a growing pause, and keeps the log of the run before", async () => {
    const dir = world.folder({ runs: "" });
    // The third run stays: what is read of it and of the one before is of these two.
    const script = `echo run >> ${dir}/runs; runs=$(wc -l < ${dir}/runs); echo $runs; test $runs -lt 3 || exec sleep 600; exit 1`;
    await world.create("crashing", { terminationGracePeriodSeconds: 1 }, shell(script));
    const pod = await world.until("crashing", "in its third run", ({ status }) => {
      const [container] = status?.containerStatuses ?? [];
      return container?.restartCount === 2 && container.state.running !== undefined;
    });
    expect(pod.status?.containerStatuses?.[0]?.lastState.terminated).toMatchObject({ exitCode: 1, reason: "Error" });
    const reasons = (await world.events("crashing")).map((event) => (event as unknown as { reason: string }).reason);
    expect(reasons).toContain("BackOff");
    await untilTrue("the third run to speak", async () =>
      Number(await world.logs("crashing")) === 3 ? true : undefined,
    );
    expect(Number(await world.logs("crashing", { previous: true }))).toBe(2);
    await world.delete("crashing");
    await world.gone("crashing");
  });

  test("leaves the end of its log in its status when it fails and that is asked for", async () => {
    const containers = [{ name: "main", image: "x", terminationMessagePolicy: "FallbackToLogsOnError" }];
    const failing = shell("echo before; echo 'no database' >&2; exit 3");
    await world.create("talkative", { containers, restartPolicy: "Never" }, failing);
    const pod = await world.ended("talkative");
    expect(pod.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
      exitCode: 3,
      message: "before\nno database",
    });
  });

  test("is restarted by its liveness probe", async () => {
    const dir = world.folder({});
    const livenessProbe = {
      exec: { command: ["sh", "-c", `test ! -e ${dir}-dead`] },
      periodSeconds: 1,
      failureThreshold: 1,
    };
    const containers = [{ name: "main", image: "x", livenessProbe }];
    await world.create("probed", { containers, terminationGracePeriodSeconds: 1 }, shell("exec sleep 600"));
    await world.ready("probed");
    await world.exec("probed", "touch", `${dir}-dead`);
    const restarted = await world.until(
      "probed",
      "restarted",
      ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
    );
    expect(restarted.status?.containerStatuses?.[0]?.lastState.terminated?.exitCode).toBeGreaterThan(128);
    await world.delete("probed", 0);
    await world.gone("probed");
  });

  test("says what can be done when nothing is known that runs its image", async () => {
    await world.create("unknown", {});
    const pod = await world.until(
      "unknown",
      "waiting",
      ({ status }) => status?.containerStatuses?.[0]?.state.waiting?.reason === "ImagePullBackOff",
    );
    const message = pod.status?.containerStatuses?.[0]?.state.waiting?.message;
    for (const choice of [
      "process.choreo.dev/command",
      "process.choreo.dev/bundle",
      "process.choreo.dev/dir",
      "Docker",
    ])
      expect(message).toContain(choice);
    await world.delete("unknown");
    await world.gone("unknown");
  });

  test("ends with all of its processes, also those that ignore the first signal or left the group", async () => {
    const mark = `choreo-mark-${Math.random().toString(36).slice(2)}`;
    const script = `trap "" TERM; setsid sh -c 'exec -a ${mark} sleep 600' & setsid sleep 600 ${mark} 2>/dev/null & sh -c 'sleep 600; : ${mark}' & wait; sleep 600`;
    await world.create("stubborn", { terminationGracePeriodSeconds: 1 }, shell(script));
    await world.ready("stubborn");
    await untilTrue("its processes", async () => ((await processesWith(mark)).length > 0 ? true : undefined));
    await world.delete("stubborn");
    await world.gone("stubborn");
    expect(await processesWith(mark)).toEqual([]);
  });

  test("fails when it is active for longer than it may", async () => {
    await world.create(
      "late",
      { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 1, restartPolicy: "Never" },
      shell("exec sleep 600"),
    );
    const pod = await world.ended("late");
    expect(pod.status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
  });

  test("gives commands its environment and its exit code", async () => {
    const containers = [{ name: "main", image: "x", env: [{ name: "INSIDE", value: "yes" }] }];
    await world.create("exec", { containers }, shell("exec sleep 600"));
    await world.ready("exec");
    expect(await world.exec("exec", "sh", "-c", "echo $INSIDE; exit 7")).toEqual({ code: 7, stdout: "yes\n" });
    await expect(world.exec("exec", "no-such-program-here")).resolves.toMatchObject({
      code: expect.not.stringMatching("0") as number,
    });
  });
});
