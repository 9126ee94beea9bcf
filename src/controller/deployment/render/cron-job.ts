import { ANNOTATIONS } from "../../../crds/labels.ts";
import { cronJobName } from "../../../crds/names.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { namespaceOf, workloadLabels } from "../slot.ts";
import type { RenderInput } from "./input.ts";
import { renderPodSpec } from "./pod.ts";

const DEFAULT_TIME_ZONE = "Etc/UTC";
/** A CronJob has to have a schedule even when it never runs by itself. */
const NEVER = "0 0 1 1 *";

/** The CronJob of a task. That of a ManualTask is suspended: a run of it is a Job made from its template. */
export const renderCronJob = (input: RenderInput, configHash: string): AnyObject => {
  const { component, track, slot, type, application } = input;
  const { disabled = false, schedule } = application.task ?? {};
  const labels = workloadLabels(slot, type);
  const template = {
    metadata: { labels, annotations: { ...input.annotations, [ANNOTATIONS.configHash]: configHash } },
    spec: renderPodSpec(input),
  };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: cronJobName(component, track), namespace: namespaceOf(slot), labels },
    spec: {
      schedule: schedule?.cron ?? NEVER,
      timeZone: schedule?.timezone ?? DEFAULT_TIME_ZONE,
      suspend: disabled || type === "ManualTask",
      concurrencyPolicy: "Forbid",
      jobTemplate: {
        metadata: { labels },
        spec: { activeDeadlineSeconds: 300, backoffLimit: 4, ttlSecondsAfterFinished: 360, template },
      },
    },
  };
};
