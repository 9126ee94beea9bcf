import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openBundle } from "../../../src/addons/bundle.ts";
import { type Addon, loadCatalog } from "../../../src/addons/catalog.ts";
import { renderAddon, type RenderContext } from "../../../src/addons/render.ts";
import type { AnyObject } from "../../../src/k8s/types.ts";

const MANIFEST = `apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: ServiceAccount, metadata: { name: keep } }
  - { apiVersion: v1, kind: ServiceAccount, metadata: { name: drop-me } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: app }
spec: { template: { spec: { containers: [{ name: main, image: x }] } } }
`;

const ADDON: Addon = {
  name: "thing",
  version: "v1",
  planes: ["data"],
  namespace: "thing-system",
  cni: false,
  capabilities: [],
  needs: [],
  images: [],
  sources: [
    {
      kind: "manifest",
      name: "thing",
      version: "v1",
      url: "https://example.invalid/thing.yaml",
      drop: [{ kind: "ServiceAccount", name: "drop-me" }],
    },
  ],
  values: {},
  variants: {},
  parameters: { port: 1, level: "info" },
  patches: [
    {
      target: { kind: "Deployment", name: "app" },
      merge: { spec: { template: { spec: { containers: [{ name: "main", args: ["--level=${level}"] }] } } } },
    },
  ],
  manifests: [
    {
      file: "own.yaml",
      for: [{ who: "a" }, { who: "b" }],
      objects: [
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "svc-${who}" },
          spec: { ports: [{ nodePort: "${port}" }] },
        },
      ],
    },
  ],
  dnsRewrites: [],
  ready: [],
};

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "choreo-render-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** A context whose only way to a source is a bundle with this file. */
const contextWith = async (
  file: { kind: "chart" | "manifest"; text: string },
  extra: Partial<RenderContext> = {},
): Promise<RenderContext> => {
  const entry = { kind: file.kind, name: "thing", version: "v1", path: "thing", source: "https://example.invalid/" };
  const files = [{ ...entry, sha256: createHash("sha256").update(file.text).digest("hex") }];
  await writeFile(path.join(dir, "thing"), file.text);
  await writeFile(
    path.join(dir, "bundle.json"),
    JSON.stringify({ apiVersion: "choreo-dev/v1alpha1", kind: "Bundle", files }),
  );
  return {
    bundle: await openBundle(dir),
    cacheDir: path.join(dir, "cache"),
    network: { proxy: { http: undefined, https: undefined, no: [] }, extraCAs: [] },
    signal: new AbortController().signal,
    kubeVersion: "1.34.2",
    helm: () => Promise.reject(new Error("helm is not needed here")),
    ...extra,
  };
};

const names = (objects: readonly AnyObject[]): string[] =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

describe("an addon made from a manifest", () => {
  test("has the source's objects without the dropped ones, patched, and its own manifests filled in", async () => {
    const objects = await renderAddon(
      ADDON,
      { values: {}, parameters: { port: 30443 } },
      await contextWith({ kind: "manifest", text: MANIFEST }),
    );
    expect(names(objects)).toEqual(["ServiceAccount keep", "Deployment app", "Service svc-a", "Service svc-b"]);
    expect(objects[1]).toMatchObject({
      spec: { template: { spec: { containers: [{ name: "main", image: "x", args: ["--level=info"] }] } } },
    });
    expect(objects[3]).toMatchObject({ spec: { ports: [{ nodePort: 30443 }] } });
  });

  test("takes a user's values as its parameters", async () => {
    const objects = await renderAddon(
      ADDON,
      { values: { level: "debug" } },
      await contextWith({ kind: "manifest", text: MANIFEST }),
    );
    expect(JSON.stringify(objects[1])).toContain("--level=debug");
  });

  test.each([{ nope: 1 }, { level: { deep: true } }])("refuses the values %j", async (values) => {
    const context = await contextWith({ kind: "manifest", text: MANIFEST });
    await expect(renderAddon(ADDON, { values }, context)).rejects.toMatchObject({ code: "E_CONFIG" });
  });

  test("says when a patch has lost its target", async () => {
    const addon = { ...ADDON, patches: [{ target: { kind: "Deployment", name: "gone" }, merge: {} }] };
    const context = await contextWith({ kind: "manifest", text: MANIFEST });
    await expect(renderAddon(addon, { values: {} }, context)).rejects.toMatchObject({ code: "E_INTERNAL" });
  });
});

describe("an addon made from a chart", () => {
  const chartAddon: Addon = {
    ...ADDON,
    sources: [
      { kind: "chart", name: "thing", version: "v1", url: "https://example.invalid/thing.tgz", release: "thing" },
    ],
    values: { image: { tag: "1", digest: false }, replicas: 2 },
    variants: { special: { mode: "special" } },
    patches: [],
    manifests: [],
  };

  /** A stand-in that answers with a hook, a file mode in YAML 1.1's octal, and how it was called. */
  const fakeHelm = async (): Promise<string> => {
    const file = path.join(dir, "helm");
    const script = `#!/usr/bin/env node
const fs = require("node:fs");
const called = { args: process.argv.slice(2), values: JSON.parse(fs.readFileSync(0, "utf8")), env: process.env };
fs.writeFileSync(${JSON.stringify(path.join(dir, "called.json"))}, JSON.stringify(called));
console.log("apiVersion: v1\\nkind: Secret\\nmetadata: { name: s }\\nmode: 0400");
console.log("---\\napiVersion: batch/v1\\nkind: Job\\nmetadata: { name: hook, namespace: n, annotations: { helm.sh/hook: post-install } }");
`;
    await writeFile(file, script);
    await chmod(file, 0o755);
    return file;
  };
  const called = async () =>
    JSON.parse(await readFile(path.join(dir, "called.json"), "utf8")) as {
      args: string[];
      values: unknown;
      env: Record<string, string>;
    };

  test("lays variants and the user's values over its own", async () => {
    const context = await contextWith({ kind: "chart", text: "a chart" }, { helm: fakeHelm });
    await renderAddon(
      chartAddon,
      { values: { image: { digest: null }, replicas: 1 }, variants: ["special", "unknown"] },
      context,
    );
    expect((await called()).values).toEqual({ image: { tag: "1" }, replicas: 1, mode: "special" });
  });

  test("is rendered without the user's Helm and Kubernetes settings", async () => {
    process.env["HELM_NAMESPACE"] = "somewhere-else";
    try {
      const context = await contextWith({ kind: "chart", text: "a chart" }, { helm: fakeHelm });
      await renderAddon(chartAddon, { values: {} }, context);
      const { env, args } = await called();
      expect(env["HELM_NAMESPACE"]).toBeUndefined();
      expect(env["KUBECONFIG"]).toBe("/dev/null");
      expect(env["HELM_CONFIG_HOME"]).toContain(context.cacheDir);
      expect(args.slice(0, 4)).toEqual(["template", "thing", path.join(dir, "thing"), "--namespace"]);
    } finally {
      delete process.env["HELM_NAMESPACE"];
    }
  });

  test("leaves hooks out and says so", async () => {
    const notices: string[] = [];
    const context = await contextWith(
      { kind: "chart", text: "a chart" },
      { helm: fakeHelm, onNotice: (message) => notices.push(message) },
    );
    const objects = await renderAddon(chartAddon, { values: {} }, context);
    expect(names(objects)).toEqual(["Secret s"]);
    expect(objects[0]).toMatchObject({ mode: 0o400 });
    expect(notices).toEqual([expect.stringContaining("Job n/hook")]);
  });
});

const bundleDir = process.env["CHOREO_DEV_BUNDLE"];
describe.skipIf(bundleDir === undefined)("the shipped addons, from the bundle in CHOREO_DEV_BUNDLE", () => {
  test("render, and need no image that their lists do not name", async () => {
    await mkdir(path.join(dir, "cache"));
    const context: RenderContext = {
      ...(await contextWith({ kind: "manifest", text: "" })),
      bundle: await openBundle(bundleDir ?? ""),
      helm: () => Promise.resolve("helm"),
    };
    for (const addon of await loadCatalog()) {
      const objects = await renderAddon(addon, { values: {}, variants: ["api-on-node"] }, context);
      const images = [...JSON.stringify(objects).matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image);
      expect(addon.images).toEqual(expect.arrayContaining([...new Set(images)]));
    }
  });
});
