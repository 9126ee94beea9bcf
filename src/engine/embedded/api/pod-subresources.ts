import { Readable } from "node:stream";
import type { AnyObject } from "../../../k8s/types.ts";
import { decodeBody, typedObject } from "./body.ts";
import type { Call, Core } from "./core.ts";
import { timestamp } from "./metadata.ts";
import { writeOptions } from "./query.ts";
import { isTrue, numberOf } from "./query.ts";
import { findEntry } from "./read.ts";
import { deleteObject } from "./remove.ts";
import { type ApiAnswer, jsonAnswer } from "./request.ts";
import { StatusError, badRequest, conflict } from "./status.ts";
import { objectOf } from "./stored.ts";
import type { Kubelet, PodLogOptions } from "./kubelet.ts";
import { modify } from "./write.ts";

const success = (): ApiAnswer =>
  jsonAnswer({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }, 201);

/** `pods/NAME/binding`: puts a pod on a node, once. */
export const bindPod = async (core: Core, call: Call): Promise<ApiAnswer> => {
  const { value } = await decodeBody(call.request, "Binding");
  const target = (typedObject(value)?.["target"] ?? {}) as { kind?: string; name?: string };
  const { name: node = "" } = target;
  if (node === "") throw badRequest("a Binding needs target.name, the name of a node");
  const options = writeOptions(call.request.query, call.request.headers["user-agent"], "CreateOptions");
  await modify(core, call, {
    options,
    subresource: "binding",
    change: (pod) => ({ object: bound(core, call, pod, node), warnings: [] }),
  });
  return success();
};

/** `bindings`: the same, with the pod's name in the body. */
export const bindNamedPod = async (core: Core, call: Call): Promise<ApiAnswer> => {
  const { value } = await decodeBody(call.request, "Binding");
  const name = typedObject(value)?.metadata?.name;
  const type = core.registry.find("", "v1", "pods");
  if (name === undefined || type === undefined) throw badRequest("a Binding needs metadata.name, the name of a pod");
  return bindPod(core, { ...call, type, name });
};

const bound = ({ clock }: Core, { type, name = "" }: Call, pod: AnyObject, node: string): AnyObject => {
  const spec = pod["spec"] as { nodeName?: string };
  if (pod.metadata.deletionTimestamp !== undefined)
    throw conflict(
      { ...type, resource: "pods/binding" },
      name,
      `pod ${name} is being deleted, cannot be assigned to a host`,
    );
  if (spec.nodeName !== undefined && spec.nodeName !== "")
    throw conflict(
      { ...type, resource: "pods/binding" },
      name,
      `pod ${name} is already assigned to node ${JSON.stringify(spec.nodeName)}`,
    );
  const status = (pod["status"] ?? {}) as { conditions?: { type: string }[] };
  const scheduled = { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: timestamp(clock) };
  const conditions = [...(status.conditions ?? []).filter(({ type: one }) => one !== "PodScheduled"), scheduled];
  return { ...pod, spec: { ...spec, nodeName: node }, status: { ...status, conditions } };
};

/** `pods/NAME/eviction`: no budget is kept here, so it is a deletion. */
export const evictPod = async (core: Core, call: Call): Promise<ApiAnswer> => {
  const { value } = await decodeBody(call.request, "Eviction");
  const { deleteOptions = {} } = (value ?? {}) as { deleteOptions?: object };
  const body = (): Promise<Buffer> => Promise.resolve(Buffer.from(JSON.stringify(deleteOptions)));
  const headers = { ...call.request.headers, "content-type": "application/json" };
  await deleteObject(core, { ...call, request: { ...call.request, headers, body } });
  return success();
};

/** `pods/NAME/log`: text, as long as the client wants it. */
export const podLog = async (core: Core, call: Call): Promise<ApiAnswer> => {
  const pod = objectOf(findEntry(core, call));
  const { query, signal } = call.request;
  const options: PodLogOptions = {
    container: containerOf(pod, query.get("container") ?? ""),
    follow: isTrue(query.get("follow")),
    previous: isTrue(query.get("previous")),
    timestamps: isTrue(query.get("timestamps")),
    tailLines: numberOf(query, "tailLines"),
    sinceSeconds: numberOf(query, "sinceSeconds"),
    sinceTime: query.get("sinceTime") ?? undefined,
    limitBytes: numberOf(query, "limitBytes"),
  };
  const kubelet = kubeletOf(core);
  const key = { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name };
  const log = await kubelet.logs(key, options, signal);
  return { status: 200, headers: { "content-type": "text/plain" }, body: Readable.from(log, { objectMode: false }) };
};

export const kubeletOf = ({ kubelet }: Core): Kubelet => {
  const found = kubelet();
  if (found === undefined) throw new StatusError("ServiceUnavailable", "nothing runs pods on this API server");
  return found;
};

interface PodSpec {
  readonly containers: readonly { readonly name: string }[];
  readonly initContainers?: readonly { readonly name: string }[];
}

/** The container that is meant: named, or the only one. */
export const containerOf = (pod: AnyObject, wanted: string): string => {
  const { containers, initContainers = [] } = pod["spec"] as PodSpec;
  const { name } = pod.metadata;
  const names = containers.map((one) => one.name);
  const initNames = initContainers.map((one) => one.name);
  const annotated = pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"];
  if (wanted === "") {
    const [only] = names;
    if (names.length === 1 && only !== undefined) return only;
    if (annotated !== undefined && names.includes(annotated)) return annotated;
    const init = initNames.length === 0 ? "" : ` or one of the init containers: [${initNames.join(" ")}]`;
    throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]${init}`);
  }
  if ([...names, ...initNames].includes(wanted)) return wanted;
  throw badRequest(`container ${wanted} is not valid for pod ${name}`);
};
