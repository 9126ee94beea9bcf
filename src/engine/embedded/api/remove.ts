import type { AnyObject } from "../../../k8s/types.ts";
import { jsonCopy } from "../../../lib/json-copy.ts";
import type { Entry } from "../store/store.ts";
import { checkDeletion } from "./admit.ts";
import { contentTypeOf, decodeBody } from "./body.ts";
import { inVersion, storedAs } from "./conversion.ts";
import type { Call, Core } from "./core.ts";
import { timestamp } from "./metadata.ts";
import { dryRunOf, invalidOptions } from "./query.ts";
import { answerEntry, answerList } from "./render.ts";
import { type ApiAnswer, jsonAnswer } from "./request.ts";
import { selectorOf } from "./select.ts";
import { serverError } from "./server-error.ts";
import { badRequest, conflict, notFound } from "./status.ts";
import { keyOf, objectOf, prefixOf, textOf } from "./stored.ts";
import { isFinished, withWarnings } from "./write.ts";

type Propagation = "Foreground" | "Background" | "Orphan";

export interface DeleteOptions {
  readonly propagation: Propagation | undefined;
  readonly gracePeriodSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly dryRun: boolean;
}

export const deleteObject = async (core: Core, call: Call): Promise<ApiAnswer> => {
  const options = await readOptions(call);
  const { type, name = "" } = call;
  checkDeletion(type, name);
  const result = await remove(core, call, options);
  const warnings = orphansPods(type, options) ? [PODS_STAY] : [];
  return withWarnings(answerRemoval(core, call, result), warnings);
};

const PODS_STAY =
  "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

const orphansPods = ({ group, resource }: Call["type"], { propagation }: DeleteOptions): boolean =>
  group === "batch" && resource === "jobs" && propagation === undefined;

const answerRemoval = (core: Core, call: Call, result: Removal): ApiAnswer => {
  const { type, name = "" } = call;
  if (result.entry !== undefined) return answerEntry(core, call, result.entry);
  const details = { name, ...(type.group === "" ? {} : { group: type.group }), kind: type.resource, uid: result.uid };
  return jsonAnswer({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
};

export const deleteCollection = async (core: Core, call: Call): Promise<ApiAnswer> => {
  const options = await readOptions(call);
  const selector = selectorOf(call.request.query, call.type);
  const { entries, revision } = core.store.range(prefixOf(storedAs(call.type), call.namespace));
  const meant = selector === undefined ? entries : entries.filter(selector);
  for (const entry of meant) {
    const { metadata } = objectOf(entry);
    const one = { ...call, name: metadata.name, namespace: metadata.namespace };
    await remove(core, one, options).catch(ignoreGone);
  }
  return answerList(core, call, meant, { resourceVersion: String(revision) });
};

const ignoreGone = (error: unknown): void => {
  if ((error as { status?: { reason?: string } }).status?.reason !== "NotFound") throw error;
};

/** Kinds whose deletion is answered with the object, not with a Status. */
const RETURN_OBJECT = new Set([
  "pods",
  "services",
  "serviceaccounts",
  "podtemplates",
  "persistentvolumes",
  "persistentvolumeclaims",
  "resourcequotas",
]);

interface Removal {
  /** Of an object that stays for a while, or whose kind is answered with it. */
  readonly entry: Pick<Entry, "value"> | undefined;
  readonly uid: string;
}

const remove = async (core: Core, call: Call, options: DeleteOptions): Promise<Removal> => {
  const { type, namespace, name = "" } = call;
  const key = keyOf(storedAs(type), namespace, name);
  for (;;) {
    const tip = core.store.tip(key);
    if (tip === undefined) throw notFound(type, name);
    const old = inVersion(objectOf(tip), type);
    checkPreconditions(call, old, options);
    const next = markDeleted(core, type, jsonCopy(old), options);
    const { uid = "" } = old.metadata;
    const stays = !isFinished(next);
    if (stays && JSON.stringify(next) === JSON.stringify(old)) {
      await core.store.settled();
      return { entry: tip, uid };
    }
    const returned = stays || (type.group === "" && RETURN_OBJECT.has(type.resource));
    if (options.dryRun) return { entry: returned ? { value: textOf(next, tip.revision) } : undefined, uid };
    const write = { key, expected: tip.revision, value: (revision: number) => textOf(stays ? next : old, revision) };
    const change = await core.store.write(stays ? write : { ...write, delete: true });
    if (change === undefined) continue;
    if (!stays) core.addresses.release(old);
    if (change.entry !== undefined) return { entry: change.entry, uid };
    // Pods are answered as they were marked, others as they were.
    const last = type.resource === "pods" ? next : old;
    return { entry: returned ? { value: textOf(last, change.revision) } : undefined, uid };
  }
};

const checkPreconditions = ({ type, name = "" }: Call, { metadata }: AnyObject, options: DeleteOptions): void => {
  const { uid, resourceVersion } = options;
  if (uid !== undefined && uid !== metadata.uid)
    throw conflict(
      { ...type, resource: type.kind },
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    throw conflict(
      { ...type, resource: type.kind },
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
};

/** The object under deletion: what has to happen before it goes is in its finalizers and its grace period. */
const markDeleted = ({ clock }: Core, type: Call["type"], object: AnyObject, options: DeleteOptions): AnyObject => {
  const meta = object.metadata as AnyObject["metadata"] & { deletionGracePeriodSeconds?: number };
  const finalizers = finalizersFor(type, meta.finalizers ?? [], options.propagation);
  if (finalizers.length > 0) meta.finalizers = finalizers;
  else delete meta.finalizers;
  const grace = graceOf(type, object, options.gracePeriodSeconds);
  const before = meta.deletionGracePeriodSeconds;
  if (meta.deletionTimestamp !== undefined && (before ?? 0) <= grace) return object;
  const at =
    meta.deletionTimestamp === undefined ? clock.now() : Date.parse(meta.deletionTimestamp) - (before ?? 0) * 1000;
  meta.deletionTimestamp = timestamp({ ...clock, now: () => at + grace * 1000 });
  if (type.resource !== "namespaces") meta.deletionGracePeriodSeconds = grace;
  if (typeof meta.generation === "number") meta.generation++;
  if (type.group === "" && type.resource === "namespaces")
    object["status"] = { ...(object["status"] as object), phase: "Terminating" };
  return object;
};

const finalizersFor = (type: Call["type"], had: readonly string[], wanted: Propagation | undefined): string[] => {
  const propagation = wanted ?? defaultPropagation(type, had);
  if (propagation === undefined) return [...had];
  const rest = had.filter((one) => one !== "orphan" && one !== "foregroundDeletion");
  if (propagation === "Orphan") return [...rest, "orphan"];
  return propagation === "Foreground" ? [...rest, "foregroundDeletion"] : rest;
};

/** Jobs leave their pods, as they did before there was a garbage collector. */
const defaultPropagation = ({ group, resource }: Call["type"], had: readonly string[]): Propagation | undefined => {
  if (had.includes("orphan") || had.includes("foregroundDeletion")) return undefined;
  return (group === "batch" && resource === "jobs") || (group === "" && resource === "replicationcontrollers")
    ? "Orphan"
    : undefined;
};

/** Only pods get time to end: those that run on a node. */
const graceOf = (type: Call["type"], object: AnyObject, wanted: number | undefined): number => {
  if (type.group !== "" || type.resource !== "pods") return 0;
  const spec = object["spec"] as { nodeName?: string; terminationGracePeriodSeconds?: number };
  const { phase } = (object["status"] ?? {}) as { phase?: string };
  if (spec.nodeName === undefined || spec.nodeName === "" || phase === "Succeeded" || phase === "Failed") return 0;
  const grace = wanted ?? spec.terminationGracePeriodSeconds ?? 30;
  return grace < 0 ? 1 : grace;
};

const readOptions = async (call: Call): Promise<DeleteOptions> => {
  const { request } = call;
  const { query } = request;
  const bytes = await request.body();
  const body = bytes.length === 0 ? {} : await bodyOptions(call);
  const preconditions = body.preconditions ?? {};
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  const grace =
    body.gracePeriodSeconds ??
    (text("gracePeriodSeconds") === undefined ? undefined : Number(text("gracePeriodSeconds")));
  const propagation = body.propagationPolicy ?? text("propagationPolicy");
  if (propagation !== undefined && !["Foreground", "Background", "Orphan"].includes(propagation))
    throw invalidOptions(
      "DeleteOptions",
      "propagationPolicy",
      "FieldValueNotSupported",
      `Unsupported value: ${JSON.stringify(propagation)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    );
  const orphan = body.orphanDependents === true ? "Orphan" : body.orphanDependents === false ? "Background" : undefined;
  return {
    propagation: (propagation ?? orphan) as Propagation | undefined,
    gracePeriodSeconds: grace,
    uid: preconditions.uid,
    resourceVersion: preconditions.resourceVersion,
    dryRun: dryRunOf(body.dryRun ?? query.getAll("dryRun"), "DeleteOptions"),
  };
};

interface DeleteBody {
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

const bodyOptions = async ({ request }: Call): Promise<DeleteBody> => {
  const { value } = await decodeBody(request, "DeleteOptions").catch((error: unknown) => {
    const why = /couldn't get version\/kind; json parse error: .*(?= \()/.exec(
      error instanceof Error ? error.message : "",
    )?.[0];
    throw why === undefined ? error : serverError(why);
  });
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw badRequest(`the body of the request is no DeleteOptions (${contentTypeOf(request)})`);
  return value;
};
