import { describe, expect, test } from "vitest";
import { render } from "../../../../src/controller/deployment/render/index.ts";
import type { RenderInput } from "../../../../src/controller/deployment/render/input.ts";
import type { AnyObject } from "../../../../src/k8s/types.ts";
import { containerOf, groupOf, podOf, renderInput, template } from "./render-input.ts";

const RUNS = 300;
/** Short and awkward, so that they meet often. */
const WORDS = ["a", "A", "a-b", "a_b", "a.b", "1x", "..", "a/b", "ä", "", " ", "x".repeat(70), "a--b", "host"];

/** Names that the API server takes for a group: a label may have capitals. */
const NAMES = ["a", "A_b", "a.b", "a-b", "x".repeat(63)];

/** Numbers that look random and are the same in every run. */
const randomFrom = (seed: number): ((below: number) => number) => {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

const randomInput = (seed: number): RenderInput => {
  const random = randomFrom(seed);
  const word = (): string => WORDS[random(WORDS.length)] ?? "a";
  const some = <T>(make: (index: number) => T): T[] => Array.from({ length: random(4) }, (_, index) => make(index));
  const refs = new Set(some(() => NAMES[random(NAMES.length)] ?? "a"));
  const groups = [...refs].map((ref) => ({
    ...groupOf(ref, randomValues(word, some)),
    object: ref === "A_b" ? "capitals" : ref,
  }));
  const ref = () => ({ name: groups[random(groups.length)]?.ref ?? "none", key: word() });
  const path = () => `/${word().replaceAll("/", "")}/${random(3)}`;
  return renderInput({
    type: (["Service", "WebApplication", "ScheduledTask", "ManualTask"] as const)[random(4)] ?? "Service",
    component: `c-${random(9)}`,
    groups,
    secrets: random(2) === 0 ? { mode: "vault-csi" } : { mode: "local", values: new Map() },
    endpointTemplates: some((index) => template(word(), random(2) === 0 ? "UDP" : "gRPC", 80 + (index % 2))),
    application: {
      env: some((index) =>
        random(2) === 0
          ? { key: `K${index}`, value: word() }
          : { key: `K${index}`, valueFrom: { configurationGroupRef: ref() } },
      ),
      envFrom: some(() => ({ configurationGroupRef: ref() })),
      fileMounts: some(() =>
        random(2) === 0
          ? { mountPath: path(), value: word() }
          : { mountPath: path(), valueFrom: { configurationGroupRef: ref() } },
      ),
      fileMountsFrom: some(() => ({ configurationGroupRef: { name: ref().name, mountPath: path() } })),
    },
  });
};

const randomValues = (word: () => string, some: <T>(make: () => T) => T[]): Record<string, string> =>
  Object.fromEntries(some(() => [word(), word() === "a" ? "vault:key" : word()]));

const inputs = Array.from({ length: RUNS }, (_, seed) => randomInput(seed));
const names = (items: unknown): string[] => ((items ?? []) as { name: string }[]).map(({ name }) => name);
const isUnique = (list: readonly string[]): boolean => new Set(list).size === list.length;
const allObjects = (input: RenderInput): AnyObject[] => {
  const { namespace, policy, supports, workload, followers } = render(input);
  return [namespace, policy, ...supports, workload, ...followers];
};

describe(`whatever a Deployment is made of (${RUNS} inputs)`, () => {
  test("no list that the API server keeps by name repeats one", () => {
    for (const input of inputs) {
      const container = containerOf(render(input));
      for (const field of ["env", "ports"]) expect(isUnique(names(container[field]))).toBe(true);
      expect(isUnique(names(podOf(render(input)).spec["volumes"]))).toBe(true);
      const paths = ((container["volumeMounts"] ?? []) as { mountPath: string }[]).map(({ mountPath }) => mountPath);
      expect(isUnique(paths)).toBe(true);
    }
  });

  test("every mount has its volume and every volume is mounted", () => {
    for (const input of inputs) {
      const mounted = new Set(names(containerOf(render(input))["volumeMounts"]));
      expect(mounted).toEqual(new Set(names(podOf(render(input)).spec["volumes"])));
    }
  });

  test("every ConfigMap that is referred to is made, with the key", () => {
    for (const input of inputs) {
      const maps = new Map(
        allObjects(input)
          .filter(({ kind }) => kind === "ConfigMap")
          .map((map) => [map.metadata.name, map]),
      );
      const env = (containerOf(render(input))["env"] ?? []) as {
        valueFrom?: { configMapKeyRef?: { name: string; key: string } };
      }[];
      for (const { name, key } of env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef ?? [])) {
        expect(maps.get(name)?.["data"]).toHaveProperty([key]);
      }
      const volumes = (podOf(render(input)).spec["volumes"] ?? []) as { configMap?: { name: string } }[];
      for (const { name } of volumes.flatMap(({ configMap }) => configMap ?? [])) expect(maps.has(name)).toBe(true);
    }
  });

  test("every name is one that Kubernetes takes", () => {
    for (const input of inputs) {
      for (const { kind, metadata } of allObjects(input)) {
        const limit = kind === "CronJob" ? 52 : kind === "Service" || kind === "Namespace" ? 63 : 253;
        expect(metadata.name.length).toBeLessThanOrEqual(limit);
        expect(metadata.name).toMatch(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
      }
      for (const name of names(podOf(render(input)).spec["volumes"]))
        expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      for (const { kind, data } of allObjects(input) as (AnyObject & { data?: object })[]) {
        for (const key of kind === "ConfigMap" ? Object.keys(data ?? {}) : [])
          expect(key).toMatch(/^(?!\.\.)[-._a-zA-Z0-9]{1,253}$/);
      }
    }
  });
});
