import { stopContainer, superviseContainer } from "./container.ts";
import type { PodContext } from "./pod-context.ts";

/** Runs a pod's containers in their order: init containers one by one, then all others. Resolves when they are over. */
export const runContainers = async (context: PodContext): Promise<void> => {
  const { records, ending, node } = context;
  const sidecars: Promise<void>[] = [];
  for (const record of records.filter(({ role }) => role !== "main")) {
    if (ending.aborted) return;
    const work = superviseContainer(context, record);
    if (record.role === "sidecar") sidecars.push(work);
    else await work;
    if (record.role === "init" && record.state.terminated?.exitCode !== 0) return;
  }
  if (ending.aborted) return;
  await node.displace(context.pod());
  await Promise.all(records.filter(({ role }) => role === "main").map((record) => superviseContainer(context, record)));
};

/** Stops them: sidecars after the others, in the opposite order. The signal kills what is still there. */
export const stopContainers = async (context: PodContext, graceMs: number, killing: AbortSignal): Promise<void> => {
  const { records } = context;
  await Promise.all(
    records.filter(({ role }) => role !== "sidecar").map((record) => stopContainer(context, record, graceMs, killing)),
  );
  for (const record of records.filter(({ role }) => role === "sidecar").toReversed())
    await stopContainer(context, record, graceMs, killing);
};
