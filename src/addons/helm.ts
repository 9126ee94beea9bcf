import { devNull } from "node:os";
import path from "node:path";
import { parseManifests } from "../k8s/manifest.ts";
import type { AnyObject } from "../k8s/types.ts";
import { exec } from "../lib/exec.ts";

export interface ChartRender {
  /** Path of the helm program. */
  readonly helm: string;
  /** Path of the packed chart. */
  readonly chart: string;
  readonly release: string;
  readonly namespace: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** What the chart is told about the cluster, instead of asking one: "1.34.2". */
  readonly kubeVersion: string;
  readonly apiVersions?: readonly string[];
  /** Folder for helm's own files. */
  readonly cacheDir: string;
  readonly signal: AbortSignal;
}

export interface RenderedChart {
  readonly objects: AnyObject[];
  /** Hooks, which only Helm itself would run, as "Job kube-system/x": left out. */
  readonly hooks: string[];
}

/**
 * The objects of a chart, by `helm template`: nothing is installed, no cluster and no network is asked, and the user's
 * Helm configuration is not read.
 */
export const renderChart = async (render: ChartRender): Promise<RenderedChart> => {
  const { helm, chart, release, namespace, kubeVersion, apiVersions = [] } = render;
  const versions = apiVersions.flatMap((version) => ["--api-versions", version]);
  const { stdout } = await exec(
    helm,
    [
      "template",
      release,
      chart,
      "--namespace",
      namespace,
      "--include-crds",
      "--skip-tests",
      "--kube-version",
      kubeVersion,
      ...versions,
      "--values",
      "-",
    ],
    // JSON is YAML.
    {
      input: JSON.stringify(render.values),
      env: isolatedEnv(render.cacheDir),
      signal: render.signal,
      timeoutMs: 60_000,
    },
  );
  const all = (await parseManifests(stdout, path.basename(chart))).map(({ object }) => object);
  const isHook = ({ metadata }: AnyObject): boolean => metadata.annotations?.["helm.sh/hook"] !== undefined;
  const hooks = all
    .filter(isHook)
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? namespace}/${metadata.name}`);
  const objects = all.filter((object) => !isHook(object)).map(dropHelmLabels);
  return { objects, hooks };
};

/** They would say that Helm manages the object, and `helm uninstall` of another release might believe it. */
const dropHelmLabels = (object: AnyObject): AnyObject => {
  const { "helm.sh/chart": _chart, ...labels } = object.metadata.labels ?? {};
  return { ...object, metadata: { ...object.metadata, labels } };
};

const isolatedEnv = (cacheDir: string): Record<string, string | undefined> => {
  const helmDir = path.join(cacheDir, "helm");
  const inherited = Object.keys(process.env).filter((key) => key.startsWith("HELM_"));
  return {
    ...Object.fromEntries(inherited.map((key) => [key, undefined])),
    HELM_CACHE_HOME: path.join(helmDir, "cache"),
    HELM_CONFIG_HOME: path.join(helmDir, "config"),
    HELM_DATA_HOME: path.join(helmDir, "data"),
    KUBECONFIG: devNull,
  };
};
