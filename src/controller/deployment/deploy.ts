import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { refOf } from "../../k8s/object-ref.ts";
import type { Deployment } from "../../crds/types.ts";
import type { Statement } from "../conditions.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { type AppliedMemory, digestOf } from "./applied.ts";
import { applySupports, applyWorkload, mustReplace, pruneOthers } from "./apply.ts";
import { renderEndpoints, syncEndpoints } from "./endpoints.ts";
import { supplyImage } from "./image-supply.ts";
import type { Resolved } from "./inputs.ts";
import { planeCall } from "./planes.ts";
import { type PlaneView, readBack, viewPlane } from "./readback.ts";
import type { Rendered } from "./render/index.ts";

/** Type of the condition that warns that an image could not be brought to the platform's registry. */
export const IMAGE_NOT_PROVIDED = "ImageNotProvided";

/** What is to be said after a step, and when to look again. */
export interface Deployed {
  readonly ready: Statement;
  readonly warnings: readonly Statement[];
  readonly againAfterMs?: number;
}

interface Work {
  readonly resolved: Resolved;
  readonly rendered: Rendered;
  readonly client: KubeClient;
  readonly view: PlaneView | undefined;
}

/** After this long an object that was deleted or an image that was on its way is looked at again. */
const SOON_MS = 300;
/** An image that could not be provided is tried again this often. */
const IMAGE_RETRY_MS = 30_000;

/** Brings the data plane to what is rendered, unless it is there already, and reads back how the workload does. */
export const deploy = async (
  deployment: Deployment,
  { resolved, rendered }: { readonly resolved: Resolved; readonly rendered: Rendered },
  { context, memory }: { readonly context: ReconcileContext; readonly memory: AppliedMemory },
): Promise<Deployed> => {
  const { plane, input } = resolved;
  const client = context.planes.of(plane);
  const view = viewPlane(context, plane, rendered.workload);
  const work = { resolved, rendered, client, view };
  const applied = {
    id: deployment.metadata.uid ?? "",
    digest: digestOf(rendered),
    live: liveWorkload(work),
    nowMs: context.now().getTime(),
  };
  const endpoints = renderEndpoints(deployment, input.endpointTemplates);
  if (memory.holds(client, applied)) {
    await syncEndpoints(deployment, endpoints, context);
    return { ready: readiness(work, applied.live), warnings: [] };
  }
  await applySupports(client, rendered, planeCall(context));
  await syncEndpoints(deployment, endpoints, context);
  const blocked = await removeUnchangeable(work, context);
  if (blocked !== undefined) return blocked;
  const supply = await supplyImage(input.image, context);
  if (supply.state === "coming") {
    return progressing(`Image ${input.image} is being copied to the platform's registry`);
  }
  const live = await applyWorkload(client, rendered, planeCall(context));
  await pruneOthers(client, resolved.slot, { rendered, call: planeCall(context) });
  const ready = readiness(work, live);
  if (supply.state === "failed") return { ready, ...(await warnOfImage(deployment, input.image, supply, context)) };
  memory.remember(client, { ...applied, live });
  return { ready, warnings: [], ...(view === undefined && { againAfterMs: SOON_MS }) };
};

const liveWorkload = ({ view, rendered }: Work): AnyObject | undefined => {
  const { name, namespace } = rendered.workload.metadata;
  return view?.workloads.get({ name, namespace });
};

/** By the workload as the server answered: what is seen by watching may still be the one before the change. */
const readiness = ({ view, rendered, resolved }: Work, live: AnyObject | undefined): Statement =>
  view === undefined || live === undefined
    ? notReady(`${rendered.workload.kind} ${rendered.workload.metadata.name} was just applied`)
    : readBack(view, live, resolved.slot);

/** A workload whose selector would change is deleted first. */
const removeUnchangeable = async (work: Work, context: ReconcileContext): Promise<Deployed | undefined> => {
  const live = liveWorkload(work);
  if (live === undefined || !mustReplace(live, work.rendered)) return undefined;
  const { uid } = live.metadata;
  await work.client.delete(refOf(live), { ...planeCall(context), ...(uid !== undefined && { uid }) });
  return progressing(`${live.kind} ${live.metadata.name} is being replaced: the labels of its pods changed`);
};

const warnOfImage = async (
  deployment: Deployment,
  image: string,
  { message: why }: { readonly message: string },
  context: ReconcileContext,
): Promise<Pick<Deployed, "warnings" | "againAfterMs">> => {
  const message = `Image ${image} could not be copied to the platform's registry: ${why}`;
  await context.event(deployment, { type: "Warning", reason: IMAGE_NOT_PROVIDED, message });
  const warning = { type: IMAGE_NOT_PROVIDED, status: true, reason: IMAGE_NOT_PROVIDED, message };
  return { warnings: [warning], againAfterMs: IMAGE_RETRY_MS };
};

const progressing = (message: string): Deployed => ({
  ready: notReady(message),
  warnings: [],
  againAfterMs: SOON_MS,
});

const notReady = (message: string): Statement => ({
  type: "Ready",
  status: false,
  reason: "DeploymentProgressing",
  message,
});
