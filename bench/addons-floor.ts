import { randomBytes } from "node:crypto";
import os from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { openBundle } from "../src/addons/bundle.ts";
import { type Addon, loadCatalog } from "../src/addons/catalog.ts";
import { renderAddon } from "../src/addons/render.ts";
import type { AnyObject } from "../src/k8s/types.ts";
import { containersCpu, timed } from "./measure.ts";

export interface FloorOptions {
  /** Node image that carries the addons' images. */
  readonly image: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * CPU seconds that the addons of one plane cost by themselves: the same objects, rendered by helm and applied by kubectl to
 * a bare cluster that has their images, until they are rolled out. The bare cluster's own share is not in it.
 */
export const addonsFloor = async (plane: "data" | "build", options: FloorOptions): Promise<number> => {
  const { home, env } = options;
  const name = `floor${randomBytes(3).toString("hex")}`;
  const at = { cwd: home, env: { ...env, KUBECONFIG: path.join(home, name) } };
  const config = {
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    networking: { disableDefaultCNI: plane === "data" },
  };
  timed("kind", ["create", "cluster", "--name", name, "--image", options.image, "--config", "-"], {
    ...at,
    input: stringify(config),
  });
  try {
    const filter = `label=io.x-k8s.kind.cluster=${name}`;
    const before = containersCpu(filter);
    let tools = 0;
    const run = (file: string, args: readonly string[], input = ""): void => {
      tools += timed(file, args, { ...at, input }).cpu;
    };
    const addons = (await loadCatalog(path.resolve("addons"))).filter(({ planes }) => planes.includes(plane));
    for (const addon of addons.toSorted((a, b) => Number(b.cni) - Number(a.cni))) {
      const objects = await rendered(addon);
      // Definitions first, as everybody who applies a chart by hand does it; kubectl waits until they are served.
      const isDefinition = ({ kind }: { kind: string }): boolean =>
        kind === "CustomResourceDefinition" || kind === "Namespace";
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: addon.namespace } };
      const stages = [[namespace, ...objects.filter(isDefinition)], objects.filter((one) => !isDefinition(one))];
      for (const stage of stages)
        run(
          "kubectl",
          ["apply", "--server-side", "--force-conflicts", "-f", "-"],
          stage.map((one) => `---\n${stringify(one)}`).join(""),
        );
    }
    for (const { kind, name: target, namespace } of addons.flatMap(({ ready }) => ready))
      if (kind === "Deployment" || kind === "DaemonSet")
        run("kubectl", [
          "rollout",
          "status",
          kind.toLowerCase(),
          target,
          "-n",
          namespace ?? "default",
          "--timeout=300s",
        ]);
    return containersCpu(filter) - before + tools;
  } finally {
    timed("kind", ["delete", "cluster", "--name", name], at);
  }
};

const rendered = async (addon: Addon): Promise<AnyObject[]> => {
  const bundleDir = process.env["CHOREO_DEV_BUNDLE"];
  const bundle = bundleDir === undefined ? undefined : await openBundle(bundleDir);
  const network = { extraCAs: [], pool: "10.160.0.0/12", proxy: { http: undefined, https: undefined, no: [] } };
  const settings = { values: {}, parameters: { nodePort: 30443 }, variants: ["api-on-node"] };
  return renderAddon(addon, settings, {
    bundle,
    cacheDir: path.join(os.homedir(), ".cache", "choreo-dev"),
    network,
    signal: new AbortController().signal,
    helm: async () => "helm",
    kubeVersion: "1.34.2",
  });
};
