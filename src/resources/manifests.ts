import path from "node:path";
import { KINDS } from "../crds/definitions.ts";
import { CHOREO_API, LABELS } from "../crds/labels.ts";
import { withSourceFolder } from "../crds/source-folder.ts";
import { validateLabels } from "../controller/validation.ts";
import type { ManifestObject } from "../k8s/manifest.ts";
import type { AnyObject } from "../k8s/types.ts";
import { didYouMean } from "../lib/did-you-mean.ts";
import { ChoreoError } from "../lib/errors.ts";
import { DEFAULT_ORGANIZATION } from "../planes/defaults.ts";

/** Kinds of Kubernetes' own that people put beside their resources, and that live in a namespace. */
const NAMESPACED_NEIGHBOURS: ReadonlySet<string> = new Set(["Secret", "ConfigMap"]);

/**
 * Objects that were read, each in its namespace, parents before children. Everything that can be seen to be wrong without
 * a server is one `E_MANIFEST`.
 */
export const placeManifests = (found: readonly ManifestObject[], cwd: string): ManifestObject[] => {
  const problems = found.flatMap((manifest) =>
    problemsOf(manifest.object).map((text) => `${manifest.file}:${manifest.line}  ${text}`),
  );
  if (problems.length > 0) throw manifestProblems(problems);
  const folderOf = (file: string): string => path.dirname(path.resolve(cwd, file));
  return found
    .map((manifest) => ({ ...manifest, object: placed(withSourceFolder(manifest.object, folderOf(manifest.file))) }))
    .sort((a, b) => rank(a.object) - rank(b.object));
};

/** One error for everything that is wrong with a set of manifests. */
export const manifestProblems = (evidence: readonly string[]): ChoreoError =>
  new ChoreoError(
    "E_MANIFEST",
    `${evidence.length} ${evidence.length === 1 ? "problem" : "problems"} in the manifests`,
    {
      evidence,
      fix: "nothing was applied; correct them and apply again",
    },
  );

const [GROUP = ""] = CHOREO_API.split("/");

const problemsOf = (object: AnyObject): string[] => {
  const { apiVersion, kind, metadata } = object;
  if (!apiVersion.startsWith(`${GROUP}/`)) return [];
  if (apiVersion !== CHOREO_API) return [`${kind} ${metadata.name}: apiVersion "${apiVersion}" is not ${CHOREO_API}`];
  const kinds = KINDS.map((each) => each.kind);
  if (!kinds.includes(kind)) {
    const near = didYouMean(kind, kinds);
    return [`${kind} ${metadata.name}: there is no such kind${near === undefined ? "" : `. Did you mean "${near}"?`}`];
  }
  return validateLabels(object).map(({ message }) => `${kind} ${metadata.name}: ${message}`);
};

/** An organization's resources live in the namespace of its name. */
const placed = (object: AnyObject): AnyObject => {
  const { metadata } = object;
  const namespaced = KINDS.some(({ kind, scope }) => isOurs(object) && kind === object.kind && scope === "Namespaced");
  if (metadata.namespace !== undefined || !(namespaced || NAMESPACED_NEIGHBOURS.has(object.kind))) return object;
  const namespace = metadata.labels?.[LABELS.organization] ?? DEFAULT_ORGANIZATION;
  return { ...object, metadata: { ...metadata, namespace } };
};

const isOurs = ({ apiVersion }: AnyObject): boolean => apiVersion === CHOREO_API;

/** Namespaces, then our kinds from the top of the hierarchy, then the rest. */
const rank = (object: AnyObject): number => {
  if (object.kind === "Namespace") return -1;
  const index = isOurs(object) ? KINDS.findIndex(({ kind }) => kind === object.kind) : -1;
  // What is no kind of ours may be needed by components, and needs an organization at most.
  return index < 0 ? 0.5 : index;
};
