import type { KubeClient } from "../../k8s/client.ts";
import type { AnyObject } from "../../k8s/types.ts";
import type { Deployment } from "../../crds/types.ts";
import { refOf, type Statement } from "../conditions.ts";
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
  readonly deployment: Deployment;
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
  const work = { deployment, resolved, rendered, client, view };
  const applied = {
    id: deployment.metadata.uid ?? "",
    digest: digestOf(rendered),
    live: liveWorkload(work),
    nowMs: context.now().getTime(),
  };
  const endpoints = renderEndpoints(deployment, input.endpointTemplates);
  if (memory.holds(client, applied)) {
    await syncEndpoints(deployment, endpoints, context);
    return { ready: readiness(work), warnings: [], ...(view === undefined && { againAfterMs: SOON_MS }) };
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
  if (supply.state === "failed") return await withoutImage(work, supply.message, context);
  memory.remember(client, { ...applied, live });
  return { ready: readiness(work), warnings: [], ...(view === undefined && { againAfterMs: SOON_MS }) };
};

const liveWorkload = ({ view, rendered }: Work): AnyObject | undefined => {
  const { name, namespace } = rendered.workload.metadata;
  return view?.workloads.get({ name, namespace });
};

const readiness = ({ view, rendered, resolved }: Work): Statement =>
  view === undefined
    ? notReady("The workload was applied; its state is not known yet")
    : readBack(view, rendered.workload, resolved.slot);

/** A workload whose selector would change is deleted first. */
const removeUnchangeable = async (work: Work, context: ReconcileContext): Promise<Deployed | undefined> => {
  const live = liveWorkload(work);
  if (live === undefined || !mustReplace(live, work.rendered)) return undefined;
  const { uid } = live.metadata;
  await work.client.delete(refOf(live), { ...planeCall(context), ...(uid !== undefined && { uid }) });
  return progressing(`${live.kind} ${live.metadata.name} is being replaced: the labels of its pods changed`);
};

const withoutImage = async (work: Work, why: string, context: ReconcileContext): Promise<Deployed> => {
  const message = `Image ${work.resolved.input.image} could not be copied to the platform's registry: ${why}`;
  const warning = { type: IMAGE_NOT_PROVIDED, status: true, reason: IMAGE_NOT_PROVIDED, message };
  await context.event(work.deployment, { type: "Warning", reason: IMAGE_NOT_PROVIDED, message });
  return { ready: readiness(work), warnings: [warning], againAfterMs: IMAGE_RETRY_MS };
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
