import type { AnyObject } from "../../../k8s/types.ts";
import type { ResourceType } from "../api/resource-type.ts";
import { apiVersionOf } from "../api/stored.ts";
import { type Fields, isFields } from "../schema/data.ts";
import { goJson } from "../schema/go-text.ts";
import { problemsOf } from "./check.ts";
import { compare } from "./compare.ts";
import { type FieldSet, EMPTY, difference } from "./field-set.ts";
import { fieldsOf } from "./fields-of.ts";
import { objectType } from "./object-type.ts";
import { touched, unmanaged } from "./ownership.ts";

/** Where `kubectl apply` without `--server-side` keeps what it applied. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The manager that kubectl's server-side apply names itself; only it takes over from client-side apply. */
export const KUBECTL = "kubectl";

/** Most bytes that the annotations of an object may have. */
const MOST = 256 * 1024;

/** Fields that client-side apply set and that nobody has changed since: kubectl may go on with them in server-side apply. */
export const fieldsLastApplied = (type: ResourceType, live: AnyObject): FieldSet => {
  const applied = parsed(live.metadata.annotations?.[LAST_APPLIED]);
  if (applied === undefined || applied["apiVersion"] !== apiVersionOf(type)) return EMPTY;
  const root = objectType(type);
  if (problemsOf(root, applied) !== undefined) return EMPTY;
  const different = compare(root, applied, unmanaged(live));
  return difference(fieldsOf(root, applied), touched(different));
};

const parsed = (text: string | undefined): Fields | undefined => {
  if (text === undefined || text === "") return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Keeps what client-side apply compares with up to date, where it is in use; changes the object. */
export const renewLastApplied = (object: AnyObject, applied: AnyObject): void => {
  const annotations = annotationsOf(object);
  if ((annotations?.[LAST_APPLIED] ?? "") === "") return;
  const renewed = { ...annotations, [LAST_APPLIED]: textOf(applied) };
  if (sizeOf(renewed) > MOST) delete (renewed as Record<string, string>)[LAST_APPLIED];
  object.metadata.annotations = renewed;
};

const textOf = (applied: AnyObject): string => {
  const annotations = annotationsOf(applied);
  if (annotations === undefined) return `${goJson(applied)}\n`;
  const { [LAST_APPLIED]: _last, ...others } = annotations;
  return `${goJson({ ...applied, metadata: { ...applied.metadata, annotations: others } })}\n`;
};

/** Undefined also where there is nothing left of them, or where a client sent null. */
const annotationsOf = ({ metadata }: Partial<AnyObject>): Readonly<Record<string, string>> | undefined => {
  const annotations: unknown = metadata?.annotations;
  return isFields(annotations) ? (annotations as Record<string, string>) : undefined;
};

const sizeOf = (annotations: Readonly<Record<string, string>>): number =>
  Object.entries(annotations).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
