import { readFile } from "node:fs/promises";
import semver from "semver";
import { ChoreoError } from "../../lib/errors.ts";

/** Kubernetes minor versions this release was written for. */
export const SUPPORTED_KUBERNETES = ">=1.34.0 <1.38.0";

/** Their kubelets refuse to start on the older cgroups. */
const WITHOUT_CGROUP_V1 = ">=1.35.0";

/** Whether a Kubernetes version starts on a machine whose Docker reports this cgroup version. */
export const startsOnCgroup = (version: string, cgroup: string | undefined): boolean =>
  cgroup !== "1" || !semver.satisfies(version, WITHOUT_CGROUP_V1);

/** kind's own default, with the digest it was released with, stands as text in its binary. */
export const publishedNodeImage = async (kindPath: string): Promise<string | undefined> =>
  /kindest\/node:v\d[\w.-]*@sha256:[0-9a-f]{64}/.exec((await readFile(kindPath)).toString("latin1"))?.[0];

export interface NodeImageFacts {
  /** `kubernetes.nodeImage` of the configuration. */
  readonly configured: string | undefined;
  /** Images listed by the bundle. */
  readonly bundle: readonly string[];
  /** Tags in the host's Docker. */
  readonly local: readonly string[];
  /** What the used kind release published; see {@link publishedNodeImage}. */
  readonly published: string | undefined;
  /** "1" or "2", as Docker reports it: an image that does not start is not chosen among others. */
  readonly cgroup?: string | undefined;
}

/** The node image and why it was chosen: configured, the bundle's, the newest supported local one, kind's own. */
export const chooseNodeImage = (facts: NodeImageFacts): { image: string; why: string } => {
  if (facts.configured !== undefined) return { image: facts.configured, why: "kubernetes.nodeImage" };
  const bundled = newest(facts.bundle, facts.cgroup);
  if (bundled !== undefined) return { image: bundled, why: "the bundle's" };
  const local = newest(facts.local, facts.cgroup);
  if (local !== undefined) return { image: local, why: "the newest supported one in the local Docker" };
  if (facts.published !== undefined) return { image: facts.published, why: "published with this kind release" };
  throw new ChoreoError("E_TOOL", "No node image: the kind binary names none and the local Docker has none", {
    fix: "set kubernetes.nodeImage in choreo-dev.yaml, e.g. kindest/node:v1.34.2",
  });
};

/** Kubernetes version in a node image's tag, or undefined for tags that do not say. */
export const kubernetesVersionOf = (image: string): string | undefined =>
  semver.valid(/:v?(\d+\.\d+\.\d+[\w.-]*)/.exec(image)?.[1] ?? "") ?? undefined;

const newest = (images: readonly string[], cgroup: string | undefined): string | undefined =>
  images
    .filter((image) => /(^|\/)kindest\/node:/.test(image))
    .map((image) => ({ image, version: kubernetesVersionOf(image) }))
    .filter(
      ({ version }) =>
        version !== undefined && semver.satisfies(version, SUPPORTED_KUBERNETES) && startsOnCgroup(version, cgroup),
    )
    .sort((a, b) => semver.rcompare(a.version ?? "0.0.0", b.version ?? "0.0.0"))[0]?.image;
