import { describe, expect, test } from "vitest";
import { render } from "../../../../src/controller/deployment/render/index.ts";
import type { RenderInput } from "../../../../src/controller/deployment/render/input.ts";
import { containerOf, groupOf, objectOf, podOf, renderInput, template } from "./render-input.ts";

const WORKLOAD_NAME = "react-starter-image-react-starter-image-main-d0c49f08";

describe("the objects of a Deployment", () => {
  test("are the same for the same input", () => {
    const input = renderInput({ groups: [groupOf("redis", { host: "redis", password: "vault:db/redis" })] });
    expect(render(input)).toEqual(render(structuredClone(input)));
  });

  test("of a web application are a namespace, a policy, a Service and a Deployment", () => {
    expect(render(renderInput())).toMatchSnapshot();
  });

  test("of a task with configuration are a CronJob, ConfigMaps and Secrets", () => {
    const input = renderInput({
      type: "ScheduledTask",
      component: "github-issue-reporter",
      track: "github-issue-reporter-main",
      application: {
        args: ["--once"],
        env: [{ key: "MODE", value: "report" }],
        envFrom: [{ configurationGroupRef: { name: "email" } }],
        fileMounts: [{ mountPath: "/app/config.json", value: "{}" }],
        resourceLimits: { cpu: "100m", memory: "64Mi" },
        task: { schedule: { cron: "*/5 * * * *" } },
      },
      endpointTemplates: [],
      groups: [groupOf("email", { "email-host": "smtp.test", "email-password": "vault:email/password" })],
      secrets: { mode: "local", values: new Map([["email/password", "pässword"]]) },
    });
    const rendered = render(input);
    expect(rendered).toMatchSnapshot();
    expect(rendered.workload.metadata.name).toBe("github-issue-reporter-github-issue-reporter-c5d0fdde");
  });

  test("have the names and the namespace of the specification", () => {
    const rendered = render(renderInput());
    expect(rendered.namespace.metadata.name).toBe("dp-default-org-default-proje-development-39faf2d8");
    expect(rendered.workload.metadata.name).toBe(WORKLOAD_NAME);
    expect(objectOf(rendered, "Service")?.metadata.name).toBe(WORKLOAD_NAME);
  });

  test("are all selected by the labels of their pods", () => {
    const rendered = render(renderInput());
    const { labels } = podOf(rendered).metadata;
    expect(rendered.workload["spec"]).toMatchObject({ selector: { matchLabels: labels } });
    expect(objectOf(rendered, "Service")?.["spec"]).toMatchObject({ selector: labels });
    expect(labels).toEqual({
      "organization-name": "default-org",
      "project-name": "default-project",
      "environment-name": "development",
      "component-name": "react-starter-image",
      "component-type": "WebApplication",
      "deployment-track-name": "main",
      "deployment-name": "development-deployment",
      "managed-by": "choreo-deployment-controller",
      "belong-to": "user-workloads",
    });
  });

  test("have no Service when there are no ports", () => {
    expect(objectOf(render(renderInput({ endpointTemplates: [] })), "Service")).toBeUndefined();
    expect(containerOf(render(renderInput({ endpointTemplates: [] })))["ports"]).toBeUndefined();
  });

  test("name each port once, by number and protocol", () => {
    const endpointTemplates = [
      template("a", "HTTP", 8080),
      template("b", "REST", 8080),
      template("c", "UDP", 8080),
      template("d", "gRPC", 9090),
    ];
    const service = objectOf(render(renderInput({ endpointTemplates })), "Service");
    expect(service?.["spec"]).toMatchObject({
      ports: [
        { name: "ep-8080-tcp", port: 8080, targetPort: 8080, protocol: "TCP" },
        { name: "ep-8080-udp", port: 8080, targetPort: 8080, protocol: "UDP" },
        { name: "ep-9090-tcp", port: 9090, appProtocol: "kubernetes.io/h2c" },
      ],
    });
  });

  test("suspend a manual task, and a scheduled one that is disabled", () => {
    const suspended = (changes: Partial<RenderInput>): unknown =>
      (render(renderInput(changes)).workload["spec"] as { suspend: boolean }).suspend;
    const schedule = { cron: "0 1 * * *", timezone: "Asia/Colombo" };
    expect(suspended({ type: "ManualTask" })).toBe(true);
    expect(suspended({ type: "ScheduledTask", application: { task: { schedule } } })).toBe(false);
    expect(suspended({ type: "ScheduledTask", application: { task: { disabled: true, schedule } } })).toBe(true);
  });

  test("are asked for their first TCP port until they listen, where nobody gave a probe", () => {
    const probeOf = (over: Parameters<typeof renderInput>[0]): unknown =>
      containerOf(render(renderInput(over)))["startupProbe"];
    const asked = { tcpSocket: { port: 8081 }, periodSeconds: 1 };
    expect(probeOf({ endpointTemplates: [template("a", "UDP", 8080), template("b", "gRPC", 8081)] })).toMatchObject(
      asked,
    );
    expect(probeOf({ endpointTemplates: [template("a", "UDP", 8080)] })).toBeUndefined();
    expect(probeOf({ endpointTemplates: [] })).toBeUndefined();
    expect(probeOf({ type: "ScheduledTask" })).toBeUndefined();
    for (const probes of [{ livenessProbe: { exec: {} } }, { readinessProbe: { exec: {} } }])
      expect(probeOf({ application: { probes } })).toBeUndefined();
  });

  test("pass probes, limits and the history limit on", () => {
    const rendered = render(
      renderInput({
        revisionHistoryLimit: 3,
        pullSecret: "registry",
        application: {
          resourceLimits: { memory: "64Mi" },
          probes: { readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 1 } },
        },
      }),
    );
    expect(containerOf(rendered)).toMatchObject({
      readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 1 },
      resources: { limits: { memory: "64Mi" }, requests: { memory: "64Mi" } },
    });
    expect(rendered.workload["spec"]).toMatchObject({ revisionHistoryLimit: 3 });
    expect(podOf(rendered).spec["imagePullSecrets"]).toEqual([{ name: "registry" }]);
  });

  test("have an autoscaler when one is asked for, and leave replicas to it", () => {
    const scaling = { hpa: { minReplicas: 2, maxReplicas: 5, memoryThreshold: 70 } };
    const rendered = render(renderInput({ application: { scaling } }));
    expect(objectOf(rendered, "HorizontalPodAutoscaler")?.["spec"]).toEqual({
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: WORKLOAD_NAME },
      minReplicas: 2,
      maxReplicas: 5,
      metrics: [
        { type: "Resource", resource: { name: "memory", target: { type: "Utilization", averageUtilization: 70 } } },
      ],
    });
    expect(rendered.workload["spec"]).not.toHaveProperty("replicas");
  });
});

describe("a change of configuration", () => {
  const hashOf = (value: string, secret: string): string | undefined =>
    podOf(
      render(
        renderInput({
          application: { envFrom: [{ configurationGroupRef: { name: "redis" } }] },
          groups: [groupOf("redis", { host: value, password: "vault:redis" })],
          secrets: { mode: "local", values: new Map([["redis", secret]]) },
        }),
      ),
    ).metadata.annotations["core.choreo.dev/config-hash"];

  test("changes the pods, whether it is plain or secret", () => {
    expect(hashOf("a", "s")).toBe(hashOf("a", "s"));
    expect(hashOf("b", "s")).not.toBe(hashOf("a", "s"));
    expect(hashOf("a", "t")).not.toBe(hashOf("a", "s"));
  });
});

describe("the policy of a namespace", () => {
  test("lets in and out only what is in the namespace, where Cilium's own policies open the rest", () => {
    expect(render(renderInput()).policy).toMatchObject({
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { name: "default-policy" },
      spec: { endpointSelector: {}, ingress: [{ fromEndpoints: [{}] }], egress: [{ toEndpoints: [{}] }] },
    });
  });

  test("says all of it without Cilium, and does not take the cluster for the world", () => {
    const cluster = { v4: ["10.1.0.0/24", "172.18.0.2/32"], v6: [] };
    const { policy } = render(renderInput({ isolation: { by: "networkpolicy", cluster } }));
    expect(policy).toMatchSnapshot();
    expect(JSON.stringify(policy)).toContain(`{"cidr":"0.0.0.0/0","except":["10.1.0.0/24","172.18.0.2/32"]}`);
  });
});
