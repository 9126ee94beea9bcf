import { timestamp } from "../controllers/status.ts";
import type { ContainerRecord, ContainerRole } from "./pod-context.ts";
import { type Container, type ContainerStateStatus, type Pod, isSidecar } from "./types.ts";

/** Records of a pod that is to run: what an earlier life of this process left of it is in its status. */
export const recordsOf = (pod: Pod, nowMs: number): ContainerRecord[] =>
  eachContainer(pod, (container, role, before) => {
    const lastState =
      before?.state.running === undefined ? (before?.lastState ?? {}) : endedUnseen(before.state, nowMs);
    return {
      container,
      role,
      state: { waiting: { reason: "ContainerCreating" } },
      lastState: before?.state.terminated === undefined ? lastState : before.state,
      restarts: before?.restartCount ?? 0,
      imageID: before?.imageID ?? "",
      ...NOTHING_RUNS,
    };
  });

/** Records of a pod that has succeeded or failed: they only show what was. */
export const finishedRecords = (pod: Pod): ContainerRecord[] =>
  eachContainer(pod, (container, role, before) => ({
    container,
    role,
    state: before?.state ?? {},
    lastState: before?.lastState ?? {},
    restarts: before?.restartCount ?? 0,
    imageID: before?.imageID ?? "",
    ...NOTHING_RUNS,
    containerID: before?.containerID,
    final: true,
  }));

const NOTHING_RUNS = { ready: false, started: false, containerID: undefined, attempt: undefined, final: false };

type Status = NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number];

const eachContainer = (
  { spec, status }: Pod,
  make: (container: Container, role: ContainerRole, before: Status | undefined) => ContainerRecord,
): ContainerRecord[] => {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const before = (container: Container): Status | undefined => statuses.find(({ name }) => name === container.name);
  return [
    ...(spec.initContainers ?? []).map((one) => make(one, isSidecar(one) ? "sidecar" : "init", before(one))),
    ...spec.containers.map((one) => make(one, "main", before(one))),
  ];
};

const KILLED = 137;

/** It ran when this process ended, and was killed with it. */
const endedUnseen = ({ running }: ContainerStateStatus, nowMs: number): ContainerStateStatus => ({
  terminated: {
    exitCode: KILLED,
    reason: "ContainerStatusUnknown",
    message: "the engine ended while the container ran",
    startedAt: running?.startedAt ?? null,
    finishedAt: timestamp(nowMs),
  },
});
