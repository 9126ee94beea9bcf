import { describe, expect, test } from "vitest";
import { dataPlaneNamespace } from "../../../../src/crds/names.ts";
import type { KubeClient } from "../../../../src/k8s/client.ts";
import type { AnyObject } from "../../../../src/k8s/types.ts";
import { resourcesOf } from "../../../helpers/choreo-resources.ts";
import { type CliWorld, cliWorld, condition } from "../../../helpers/cli-world.ts";
import type { MemoryCluster } from "../../../helpers/memory-cluster.ts";

const resources = resourcesOf("default-org");
const namespace = dataPlaneNamespace("default-org", "shop", "development");

/** A task that is deployed to development; `ends` is what becomes of a Job and its pod. */
const world = (ends: (west: MemoryCluster, job: AnyObject) => void, ready = true): CliWorld => {
  const made = cliWorld({
    west: (client) => ({
      ...client,
      create: async (object) => {
        const created = await client.create(object);
        ends(made.west, created as unknown as AnyObject);
        return created;
      },
      logs: async function* () {
        yield "one\ntwo";
      } as KubeClient["logs"],
    }),
  });
  made.control.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default-org" } });
  made.west.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const deployment = resources.deployment("report-development", ["shop", "report", "main"], {
    environment: "development",
    artifact: "b1",
  });
  for (const object of [
    resources.environment("development", "us-west-2"),
    resources.environment("staging", "us-west-2"),
    resources.pipeline("line", ["development", "staging"]),
    resources.project("shop", "line"),
    resources.component("report", "shop", "ScheduledTask"),
    resources.component("api", "shop"),
    {
      ...deployment,
      status: {
        conditions: [condition("Ready", ready ? "True" : "False", "SecretMissing", "no value of mail/password")],
      },
    },
  ])
    made.control.put(object);
  made.west.put({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      ...{ name: "report", namespace },
      labels: {
        "organization-name": "default-org",
        ...{ "project-name": "shop", "environment-name": "development", "component-name": "report" },
        ...{ "deployment-track-name": "main", "deployment-name": "report-development" },
        ...{ "managed-by": "choreo-deployment-controller", "belong-to": "user-workloads" },
      },
    },
    spec: { jobTemplate: { metadata: { labels: { own: "yes" } }, spec: { backoffLimit: 4, template: {} } } },
  });
  return made;
};

/** Writes how a Job ended, and its pod. */
const ended =
  (type: "Complete" | "Failed", state: object, reason = "BackoffLimitExceeded") =>
  (west: MemoryCluster, job: AnyObject): void => {
    west.put({ ...job, status: { conditions: [{ type, status: "True", reason, message: "m" }] } });
    const labels = { "batch.kubernetes.io/job-name": job.metadata.name };
    west.put({
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace, labels } },
      status: { containerStatuses: [{ name: "main", state }] },
    });
  };

describe("run", () => {
  test("runs a task once, prints its log on stdout, and ends as it does", async () => {
    const made = world(ended("Complete", { terminated: { exitCode: 0 } }));
    const { code, stdout, stderr } = await made.run(["run", "report"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "one\ntwo\n" });
    expect(stderr).toMatch(/^job\/report-\S+ {2}of report in development\nexit 0 after /);
    const [job] = made.west.objects("Job");
    expect(job?.spec).toMatchObject({ backoffLimit: 0 });
    expect(job?.metadata).toMatchObject({
      labels: { own: "yes" },
      annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
      ownerReferences: [{ kind: "CronJob", name: "report", controller: true }],
    });
  });

  test("has the exit status of a task that failed, and says what ended it", async () => {
    expect((await world(ended("Failed", { terminated: { exitCode: 42 } })).run(["run", "report"])).code).toBe(42);
    const late = await world(ended("Failed", { terminated: { exitCode: 143 } }, "DeadlineExceeded")).run([
      "run",
      "report",
    ]);
    expect(late.code).toBe(143);
    expect(late.stderr).toContain("(DeadlineExceeded: m)");
  });

  test("says why a task cannot start, and leaves no run behind", async () => {
    const made = world((west, job) => {
      ended("Complete", { waiting: { reason: "ImagePullBackOff", message: "no such image" } })(west, job);
      west.put({ ...job, status: {} });
    });
    const { code, stderr } = await made.run(["run", "report"]);
    expect(code).toBe(4);
    expect(stderr).toContain("cannot start: ImagePullBackOff");
    expect(stderr).toContain("no such image");
    expect(made.west.objects("Job")).toEqual([]);
  });

  test("returns at once when nobody wants to wait", async () => {
    const made = world(() => undefined);
    expect(await made.run(["run", "report", "--no-wait"])).toMatchObject({ code: 0, stdout: "" });
    expect(made.west.objects("Job")).toHaveLength(1);
  });

  test.each([
    [["api"], 2, "api is a Service, not a task"],
    [["report", "-e", "staging"], 1, "choreo-dev deploy report -e staging"],
    [["reprot"], 1, 'did you mean "report"'],
  ])("refuses what cannot be run: %j", async (args, code, text) => {
    const made = world(() => undefined);
    const result = await made.run(["run", ...args]);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(text);
    expect(made.west.objects("Job")).toEqual([]);
  });

  test("does not start what is not ready", async () => {
    const { code, stderr } = await world(() => undefined, false).run(["run", "report"]);
    expect(code).toBe(4);
    expect(stderr).toContain("SecretMissing");
    expect(stderr).toContain("no value of mail/password");
  });
});
