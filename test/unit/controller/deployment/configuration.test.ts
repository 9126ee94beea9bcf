import { describe, expect, test } from "vitest";
import { mergeApplication } from "../../../../src/controller/deployment/application.ts";
import { resolveGroup } from "../../../../src/controller/deployment/configuration.ts";
import { fileNameOf, variableOf } from "../../../../src/controller/deployment/render/data-key.ts";
import { render } from "../../../../src/controller/deployment/render/index.ts";
import type { RenderInput } from "../../../../src/controller/deployment/render/input.ts";
import type { ConfigurationGroup } from "../../../../src/crds/types.ts";
import { containerOf, groupOf, objectOf, podOf, renderInput } from "./render-input.ts";

const CM = "react-starter-image-react-starter-image-main";

const environmentOf = (changes: Partial<RenderInput>): unknown[] =>
  containerOf(render(renderInput(changes)))["env"] as unknown[];

const group = (configurations: ConfigurationGroup["spec"]["configurations"]): ConfigurationGroup => ({
  apiVersion: "core.choreo.dev/v1",
  kind: "ConfigurationGroup",
  metadata: { name: "redis" },
  spec: {
    environmentGroups: [
      { name: "non-prod", environments: ["development", "staging"] },
      { name: "all", environments: ["development", "staging", "production"] },
    ],
    configurations,
  },
});

describe("a value of a ConfigurationGroup", () => {
  const configurations = [
    {
      key: "host",
      values: [
        { environment: "production", value: "redis.prod" },
        { environmentGroupRef: "non-prod", value: "redis.dev" },
        { environmentGroupRef: "all", value: "redis.any" },
      ],
    },
    { key: "password", values: [{ environmentGroupRef: "non-prod", vaultKey: "redis/password" }] },
    { key: "empty", values: [{ environmentGroupRef: "all", value: "" }] },
  ];
  const application = { envFrom: [{ configurationGroupRef: { name: "redis" } }] };
  const inEnvironment = (environment: string) =>
    resolveGroup(group(configurations), { ref: "redis", application, environment });

  test("is the first that holds in the environment, by name or by a set of environments", () => {
    expect(inEnvironment("staging").entries).toEqual([
      { key: "host", kind: "plain", value: "redis.dev" },
      { key: "password", kind: "secret", vaultKey: "redis/password" },
    ]);
    expect(inEnvironment("production").entries).toEqual([{ key: "host", kind: "plain", value: "redis.prod" }]);
  });

  test("that is missing is named when the application uses its key", () => {
    expect(inEnvironment("production").missing).toEqual(["password", "empty"]);
    const one = {
      env: [
        { key: "HOST", valueFrom: { configurationGroupRef: { name: "redis", key: "host" } } },
        { key: "PORT", valueFrom: { configurationGroupRef: { name: "redis", key: "port" } } },
      ],
    };
    const resolved = resolveGroup(group(configurations), {
      ref: "redis",
      application: one,
      environment: "production",
    });
    expect(resolved.missing).toEqual(["port"]);
  });

  test("that is secret stays where it is when nothing uses its key", () => {
    const one = { env: [{ key: "HOST", valueFrom: { configurationGroupRef: { name: "redis", key: "host" } } }] };
    const resolved = resolveGroup(group(configurations), {
      ref: "redis",
      application: one,
      environment: "development",
    });
    expect(resolved.entries.map(({ key }) => key)).toEqual(["host"]);
  });
});

describe("the environment of a container", () => {
  test("has written values first, then plain and secret keys of each group", () => {
    const env = environmentOf({
      application: {
        env: [
          { key: "DB", valueFrom: { configurationGroupRef: { name: "mysql", key: "database" } } },
          { key: "MODE", value: "fast" },
        ],
        envFrom: [{ configurationGroupRef: { name: "redis" } }],
      },
      groups: [
        groupOf("mysql", { database: "orders" }),
        groupOf("redis", { "redis-password": "vault:p", "redis-host": "r" }),
      ],
    });
    expect(env).toEqual([
      { name: "MODE", value: "fast" },
      {
        name: "DB",
        valueFrom: { configMapKeyRef: { name: expect.stringContaining(`${CM}-mysql-`), key: "database" } },
      },
      {
        name: "REDIS_HOST",
        valueFrom: { configMapKeyRef: { name: expect.stringContaining(`${CM}-redis-`), key: "redis-host" } },
      },
      {
        name: "REDIS_PASSWORD",
        valueFrom: { secretKeyRef: { name: expect.stringContaining(`${CM}-redis-`), key: "redis-password" } },
      },
    ]);
  });

  test("has every name once: what is named by itself wins, then the later group", () => {
    const env = environmentOf({
      application: {
        env: [{ key: "HOST", value: "mine" }],
        envFrom: [{ configurationGroupRef: { name: "first" } }, { configurationGroupRef: { name: "second" } }],
      },
      groups: [groupOf("first", { host: "1", port: "1" }), groupOf("second", { port: "2" })],
    });
    expect(env).toEqual([
      { name: "HOST", value: "mine" },
      { name: "PORT", valueFrom: { configMapKeyRef: { name: expect.stringContaining("-second-"), key: "port" } } },
    ]);
  });

  test("takes single keys and whole Secrets of the data plane", () => {
    const input = renderInput({
      application: {
        env: [{ key: "TOKEN", valueFrom: { secretRef: { name: "github", key: "token" } } }],
        envFrom: [{ secretRef: { name: "everything" } }],
      },
    });
    expect(containerOf(render(input))).toMatchObject({
      env: [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "github", key: "token" } } }],
      envFrom: [{ secretRef: { name: "everything" } }],
    });
  });
});

describe("the files of a container", () => {
  const application = {
    fileMounts: [
      { mountPath: "/app/config.json", value: "{}" },
      {
        mountPath: "/app/ca.pem",
        valueFrom: { configurationGroupRef: { name: "redis-config-group", key: "ca.pem" } },
      },
      { mountPath: "/app/key", valueFrom: { configurationGroupRef: { name: "redis-config-group", key: "key" } } },
      { mountPath: "/app/token", valueFrom: { secretRef: { name: "github", key: "token" } } },
    ],
    fileMountsFrom: [{ configurationGroupRef: { name: "redis-config-group", mountPath: "/etc/redis/" } }],
  };
  const groups = [groupOf("redis-config-group", { "ca.pem": "CA", key: "vault:k" })];

  test("come from ConfigMaps and Secrets, one volume for each", () => {
    const rendered = render(
      renderInput({ application, groups, secrets: { mode: "local", values: new Map([["k", "K"]]) } }),
    );
    expect(containerOf(rendered)["volumeMounts"]).toMatchSnapshot("mounts");
    expect(podOf(rendered).spec["volumes"]).toMatchSnapshot("volumes");
    expect(podOf(rendered).spec["volumes"]).toContainEqual(expect.objectContaining({ name: "filemount-4ea60343" }));
    expect(podOf(rendered).spec["volumes"]).toContainEqual(
      expect.objectContaining({ name: "redis-config-group-cm-2551b38a" }),
    );
  });

  test("that are written in the resource need no ConfigurationGroup", () => {
    const rendered = render(renderInput({ application: { fileMounts: [{ mountPath: "/a", value: "text" }] } }));
    expect(objectOf(rendered, "ConfigMap")).toMatchObject({ data: { content: "text" } });
  });

  test("and secrets come from the vault where it is asked for", () => {
    const env = [{ key: "KEY", valueFrom: { configurationGroupRef: { name: "redis-config-group", key: "key" } } }];
    const rendered = render(
      renderInput({ application: { ...application, env }, groups, secrets: { mode: "vault-csi" } }),
    );
    expect(objectOf(rendered, "Secret")).toBeUndefined();
    expect(objectOf(rendered, "SecretProviderClass")).toMatchSnapshot();
    expect(containerOf(rendered)["volumeMounts"]).toContainEqual(
      expect.objectContaining({ mountPath: "/mnt/secrets-store/redis-config-group" }),
    );
  });
});

describe("a key", () => {
  test.each([
    ["email-host", "EMAIL_HOST"],
    ["1st.key", "_1ST_KEY"],
    ["_x", "_X"],
    ["ä b", "__B"],
  ])("%s becomes the variable %s", (key, name) => {
    expect(variableOf(key)).toBe(name);
  });

  test.each([
    ["a/b", "a_b"],
    ["a  b", "a_b"],
    ["..", "_.."],
    ["", "file"],
    ["x".repeat(300), "x".repeat(255)],
  ])("%s becomes the file %s", (key, name) => {
    expect(fileNameOf(key)).toBe(name);
  });
});

describe("overrides of an environment", () => {
  test("win by field, by variable and by path, and leave the rest", () => {
    const merged = mergeApplication(
      {
        args: ["a", "b"],
        env: [
          { key: "A", value: "1" },
          { key: "B", value: "2" },
        ],
        resourceLimits: { cpu: "100m", memory: "64Mi" },
        probes: { readinessProbe: { httpGet: { port: 80 } }, livenessProbe: { exec: {} } },
        fileMounts: [{ mountPath: "/a", value: "1" }],
      },
      {
        args: ["c"],
        env: [
          { key: "B", value: "3" },
          { key: "C", value: "4" },
        ],
        resourceLimits: { memory: "128Mi" },
        probes: { readinessProbe: { tcpSocket: { port: 80 } } },
        fileMounts: [{ mountPath: "/a", value: "2" }],
      },
    );
    expect(merged).toEqual({
      args: ["c"],
      env: [
        { key: "A", value: "1" },
        { key: "B", value: "3" },
        { key: "C", value: "4" },
      ],
      resourceLimits: { cpu: "100m", memory: "128Mi" },
      probes: { readinessProbe: { tcpSocket: { port: 80 } }, livenessProbe: { exec: {} } },
      fileMounts: [{ mountPath: "/a", value: "2" }],
    });
  });

  test("change nothing when there are none", () => {
    const application = { args: ["a"], env: [{ key: "A", value: "1" }] };
    expect(mergeApplication(application)).toEqual(application);
    expect(mergeApplication()).toEqual({});
  });
});
