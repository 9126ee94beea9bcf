import { KINDS } from "../crds/definitions.ts";
import { CHOREO_API, LABELS } from "../crds/labels.ts";
import { type ManifestObject, readManifests } from "../k8s/manifest.ts";
import type { AnyObject, KubeObject, ObjectRef } from "../k8s/types.ts";
import { refOf } from "../k8s/object-ref.ts";
import { poll } from "../lib/poll.ts";
import { applyResources } from "../planes/apply-resources.ts";
import { DEFAULT_ORGANIZATION } from "../planes/defaults.ts";
import { placeManifests } from "../resources/manifests.ts";
import { conditionsOf, deletionMessage } from "../resources/state.ts";
import { titleOf } from "../resources/kinds.ts";
import type { Ref, WaitOptions } from "./platform.ts";
import { DEFAULT_WAIT_MS, LOOK_MS, type PlatformScope, controlOf, planeOfScope, signalOf } from "./scope.ts";

export type Appliable = string | KubeObject;

/** Applies files, folders and objects, in the scope's organization. */
export const applyAll = async (scope: PlatformScope, what: readonly Appliable[]): Promise<AnyObject[]> => {
  const objects = await objectsOf(scope, what);
  await applyResources(controlOf(scope), objects, { signal: scope.signal, progress: () => undefined });
  return objects;
};

/** Deletes what was named, then what files describe in the reverse order, and waits until all of it is gone. */
export const deleteAll = async (scope: PlatformScope, what: readonly (string | Ref)[]): Promise<void> => {
  const control = controlOf(scope);
  const { signal } = scope;
  const named = what.filter((one) => typeof one !== "string").map((ref) => completeRef(scope, ref));
  const described = await objectsOf(
    scope,
    what.filter((one) => typeof one === "string"),
  );
  const refs = [...named, ...described.reverse().map(refOf)];
  for (const ref of refs) await control.delete(ref, { signal });
  await poll(
    async () => {
      const found = await Promise.all(refs.map((ref) => control.get(ref, { signal })));
      const left = found.filter((object) => object !== undefined);
      const missing = left.map((object) => `${titleOf(object)}: ${deletionMessage(object) || "is still there"}`);
      return left.length === 0 ? { done: true, value: undefined } : { done: false, missing: missing.join("; ") };
    },
    { what: "the deletion", timeoutMs: DEFAULT_WAIT_MS, ...LOOK_MS, signal, code: "E_NOT_READY" },
  );
};

/** Waits until an object is as it is wanted; a time-out says how it is instead. */
export const waitForObject = async <T extends KubeObject>(
  scope: PlatformScope,
  ref: Ref,
  condition: string | ((object: T) => boolean),
  { timeoutMs = DEFAULT_WAIT_MS, signal: given }: WaitOptions = {},
): Promise<T> => {
  const { client } = planeOfScope(scope, ref.plane ?? "control");
  const { kind, name } = ref;
  const signal = signalOf(scope, given);
  const wanted = typeof condition === "string" ? condition : "what is wanted of it";
  const holds = typeof condition === "string" ? isTrue(condition) : condition;
  return poll<T>(
    async () => {
      const found = await client.get<T>(completeRef(scope, ref), { signal });
      if (found !== undefined && holds(found)) return { done: true, value: found };
      return { done: false, missing: found === undefined ? "it is not there" : conditionsText(found) };
    },
    {
      what: `${kind} ${name}: ${wanted}`,
      timeoutMs,
      ...LOOK_MS,
      signal,
      code: "E_NOT_READY",
      fix: "platform.diagnostics(dir) writes down everything that is known",
    },
  );
};

const objectsOf = async ({ cwd, organization }: PlatformScope, what: readonly Appliable[]): Promise<AnyObject[]> => {
  const paths = what.filter((one) => typeof one === "string");
  const given = what.filter((one) => typeof one !== "string") as AnyObject[];
  const inline = given.map((object): ManifestObject => ({ object, file: "object", line: 1 }));
  const read = await readManifests(paths, cwd);
  const moved = [...read, ...inline].map((one) => ({ ...one, object: inOrganization(one.object, organization) }));
  return placeManifests(moved, cwd).map(({ object }) => object);
};

const NAMESPACED: ReadonlySet<string> = new Set(
  KINDS.filter(({ scope }) => scope === "Namespaced").map(({ kind }) => kind),
);

/** What is of the default organization, or of none, goes to the scope's own. */
const inOrganization = (object: AnyObject, organization: string): AnyObject => {
  if (object.apiVersion !== CHOREO_API || !NAMESPACED.has(object.kind) || organization === DEFAULT_ORGANIZATION)
    return object;
  const { metadata } = object;
  const named = metadata.namespace ?? metadata.labels?.[LABELS.organization] ?? DEFAULT_ORGANIZATION;
  if (named !== DEFAULT_ORGANIZATION) return object;
  const labels = { ...metadata.labels, [LABELS.organization]: organization };
  return { ...object, metadata: { ...metadata, namespace: organization, labels } };
};

const completeRef = ({ organization }: PlatformScope, ref: Ref): ObjectRef => {
  const { apiVersion = CHOREO_API, kind, name, namespace } = ref;
  const own = apiVersion === CHOREO_API && NAMESPACED.has(kind) ? organization : undefined;
  return { apiVersion, kind, name, namespace: namespace ?? own };
};

const isTrue = (text: string): ((object: KubeObject) => boolean) => {
  const [type = "", status = "True"] = text.split("=");
  return (object) => conditionsOf(object).some((condition) => condition.type === type && condition.status === status);
};

const conditionsText = (object: KubeObject): string =>
  conditionsOf(object)
    .map(({ type, status, reason, message }) => `${type}=${status} ${reason}${message === "" ? "" : `: ${message}`}`)
    .join("; ") || "it has no conditions yet";
