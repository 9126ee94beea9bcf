import type { RunContext } from "../engine/engine.ts";
import { layoutClusters } from "../plan/clusters.ts";
import type { Step } from "../plan/step.ts";
import { poll } from "../lib/poll.ts";
import { DEFAULT_ORGANIZATION } from "./defaults.ts";
import type { Session } from "./session.ts";

/** Takes a data plane out: first its resource, so that nothing is sent there any more, then its cluster. */
export const removePlane = async (session: Session, step: Step, context: RunContext): Promise<string | undefined> => {
  const name = step.plane?.name ?? "";
  const control = await session.client(layoutClusters(session.platform)[0]?.name ?? session.platform.name);
  const ref = { apiVersion: "core.choreo.dev/v1", kind: "DataPlane", name, namespace: DEFAULT_ORGANIZATION };
  await control.delete(ref, { signal: context.signal });
  await poll(
    async () => {
      const left = await control.get(ref, { signal: context.signal });
      if (left === undefined) return { done: true, value: undefined };
      context.progress(`waiting for DataPlane ${name} to be gone`);
      return { done: false, missing: `finalizers ${left.metadata.finalizers?.join(", ") ?? "none"}` };
    },
    {
      what: `DataPlane ${name} to be removed`,
      timeoutMs: 60_000,
      signal: context.signal,
      code: "E_NOT_READY",
      fix: "choreo-dev status",
    },
  );
  await session.engine.destroy(step.cluster ?? "", context);
  return undefined;
};
