import type { AnyObject } from "../../../k8s/types.ts";
import { jsonCopy } from "../../../lib/json-copy.ts";
import { applyStrategicMerge } from "../patch/strategic-merge.ts";
import { mergePatch } from "../patch/merge-patch.ts";
import { jsonPatch } from "../patch/json-patch.ts";
import { contentTypeOf, decodeBody, decodeJson, typedObject } from "./body.ts";
import type { Call, Core } from "./core.ts";
import { inVersion } from "./conversion.ts";
import { writeOptions } from "./query.ts";
import { findEntry } from "./read.ts";
import { type ApiAnswer, jsonAnswer } from "./request.ts";
import { StatusError, badRequest, unknownResource } from "./status.ts";
import { objectOf } from "./stored.ts";
import { modify } from "./write.ts";

interface Scale {
  readonly metadata: { readonly resourceVersion?: string };
  readonly spec: { readonly replicas?: number };
}

const BUILTIN = {
  specReplicasPath: ".spec.replicas",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: undefined,
};

/** `/scale`: the replicas of an object, as something that every kind with replicas has alike. */
export const answerScale = async (core: Core, call: Call): Promise<ApiAnswer> => {
  const { request, type } = call;
  const paths = pathsOf(call);
  const scaleOf = (object: AnyObject): object => scaleObject(object, type.custom, paths);
  if (request.method === "GET") return jsonAnswer(scaleOf(inVersion(objectOf(findEntry(core, call)), type)));
  const options = writeOptions(
    request.query,
    request.headers["user-agent"],
    request.method === "PUT" ? "UpdateOptions" : "PatchOptions",
  );
  const change = request.method === "PUT" ? await replacement(call) : await patchOf(call);
  const { entry } = await modify(core, call, {
    options,
    subresource: "scale",
    change: (old) => {
      const scale = change(scaleOf(old)) as Scale;
      const replicas = scale.spec?.replicas ?? 0;
      if (!Number.isInteger(replicas) || replicas < 0) throw invalidReplicas(old, replicas);
      const object = set(old, paths.specReplicasPath, replicas);
      const { resourceVersion } = scale.metadata ?? {};
      if (resourceVersion !== undefined && resourceVersion !== "") object.metadata.resourceVersion = resourceVersion;
      return { object, warnings: [] };
    },
  });
  return jsonAnswer(scaleOf(inVersion(objectOf(entry), type)));
};

const pathsOf = ({ type }: Call): NonNullable<Call["type"]["subresources"][number]["scale"]> | typeof BUILTIN => {
  const found = type.subresources.find(({ name }) => name === "scale");
  if (found === undefined) throw unknownResource();
  return found.scale ?? BUILTIN;
};

const scaleObject = (object: AnyObject, custom: boolean, paths: ReturnType<typeof pathsOf>): object => {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = get(object, paths.specReplicasPath);
  const current = get(object, paths.statusReplicasPath);
  const selector = custom ? get(object, paths.labelSelectorPath ?? "") : selectorText(get(object, ".spec.selector"));
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: typeof replicas === "number" && (replicas !== 0 || custom) ? { replicas } : {},
    status: {
      replicas: typeof current === "number" ? current : 0,
      ...(typeof selector === "string" && selector !== "" ? { selector } : {}),
    },
  };
};

const replacement = async (call: Call): Promise<(scale: object) => unknown> => {
  const { value } = await decodeBody(call.request, "Scale");
  const object = typedObject(value);
  if (object === undefined || object.kind !== "Scale") throw badRequest("the body is no Scale");
  return () => object;
};

const patchOf = async ({ request }: Call): Promise<(scale: object) => unknown> => {
  const form = contentTypeOf(request);
  const { value } = decodeJson((await request.body()).toString("utf8"), "Scale");
  if (form === "application/json-patch+json") return (scale) => jsonPatch(scale as never, value as never);
  if (form === "application/strategic-merge-patch+json")
    return (scale) => applyStrategicMerge(scale as never, value as never, {});
  if (form === "application/merge-patch+json" || form === "application/apply-patch+yaml")
    return (scale) => mergePatch(scale as never, value as never);
  throw new StatusError("UnsupportedMediaType", "415: Unsupported Media Type");
};

const get = (object: unknown, path: string): unknown =>
  partsOf(path).reduce<unknown>(
    (at, part) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[part] : undefined),
    object,
  );

const set = (object: AnyObject, path: string, value: unknown): AnyObject => {
  const parts = partsOf(path);
  const last = parts.pop() ?? "";
  const copy = jsonCopy(object);
  let at = copy as Record<string, unknown>;
  for (const part of parts) {
    const next = at[part];
    at = (typeof next === "object" && next !== null ? next : (at[part] = {})) as Record<string, unknown>;
  }
  at[last] = value;
  return copy;
};

const partsOf = (path: string): string[] => path.split(".").filter((part) => part !== "");

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

const selectorText = (selector: unknown): string => {
  const { matchLabels = {}, matchExpressions = [] } = (selector ?? {}) as LabelSelector;
  const equals = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const sets = matchExpressions.map(({ key, operator, values = [] }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`;
  });
  return [...equals, ...sets].sort().join(",");
};

const invalidReplicas = ({ metadata }: AnyObject, replicas: number): StatusError =>
  new StatusError(
    "Invalid",
    `Scale.autoscaling ${JSON.stringify(metadata.name)} is invalid: spec.replicas: Invalid value: ${replicas}: must be greater than or equal to 0`,
    {
      name: metadata.name,
      group: "autoscaling",
      kind: "Scale",
      causes: [
        {
          reason: "FieldValueInvalid",
          message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
          field: "spec.replicas",
        },
      ],
    },
  );
