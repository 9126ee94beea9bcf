import { type Fields, fill, inner, items, number, text, textMap } from "./fields-of.ts";
import type { BuiltinKind } from "./kind.ts";
import { defaultPodSpec, dropTrials } from "./pod-spec.ts";
import { quantityValue } from "./quantity.ts";
import { validateNewPod, validatePodOnly, validatePodSpec } from "./validate-pod.ts";
import { podChange, validatePodStatus } from "./validate-pod-update.ts";

export const POD_KIND: BuiltinKind = {
  generation: true,
  defaults: (pod) => {
    const spec = inner(pod, "spec");
    if (spec === undefined) return;
    defaultPodSpec(spec);
    fill(spec, "enableServiceLinks", true);
    const status = inner(pod, "status");
    const address = text(status, "podIP");
    // Of two names for one thing, the older one is one of many.
    if (address !== "") fill(status, "podIPs", [{ ip: address }]);
  },
  prepareCreate: (pod) => {
    const spec = inner(pod, "spec") ?? {};
    const gated = items(spec, "schedulingGates").length > 0;
    const conditions = gated ? { conditions: [gatedCondition(pod.metadata.creationTimestamp)] } : {};
    pod["status"] = { phase: "Pending", qosClass: qosOf(spec), ...conditions };
    if (number(spec, "terminationGracePeriodSeconds") < 0) spec["terminationGracePeriodSeconds"] = 1;
    dropTrials(spec);
    tolerate(spec);
  },
  prepareUpdate: (pod, old) => {
    pod["status"] = old["status"];
    tolerate(inner(pod, "spec") ?? {});
  },
  prepareStatus: (pod, old) => {
    const status = inner(pod, "status");
    fill(status, "qosClass", inner(old, "status")?.["qosClass"]);
  },
  validate: (pod) => [
    ...validatePodSpec(inner(pod, "spec"), "spec"),
    ...validatePodOnly(inner(pod, "spec"), "spec"),
    ...validateNewPod(inner(pod, "spec"), "spec"),
  ],
  validateUpdate: (pod, old) => [
    ...validatePodSpec(inner(pod, "spec"), "spec"),
    ...validatePodOnly(inner(pod, "spec"), "spec"),
    ...podChange(pod, old),
  ],
  validateStatus: validatePodStatus,
};

const gatedCondition = (now: string | undefined): object => ({
  type: "PodScheduled",
  status: "False",
  lastProbeTime: null,
  lastTransitionTime: now,
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
});

const RESOURCES = ["cpu", "memory"];

/** Guaranteed when everything is limited to what it requests, BestEffort when nothing is asked for. */
const qosOf = (spec: Fields): string => {
  const containers = [...items(spec, "containers"), ...items(spec, "initContainers")];
  const asked = (kind: string, container: Fields): Record<string, string> =>
    textMap(inner(container, "resources"), kind);
  const isSet = (value: unknown): boolean => (quantityValue(value) ?? 0) > 0;
  const hasAny = containers.some((container) =>
    ["requests", "limits"].some((kind) => RESOURCES.some((name) => isSet(asked(kind, container)[name]))),
  );
  if (!hasAny) return "BestEffort";
  const isGuaranteed = containers.every((container) =>
    RESOURCES.every((name) => {
      const [limit, request] = [asked("limits", container)[name], asked("requests", container)[name]];
      return isSet(limit) && (request === undefined || quantityValue(request) === quantityValue(limit));
    }),
  );
  return isGuaranteed ? "Guaranteed" : "Burstable";
};

/** A node that goes away for less than five minutes keeps its pods. */
const tolerate = (spec: Fields): void => {
  const own = items(spec, "tolerations");
  const missing = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].filter(
    (key) =>
      !own.some((one) => [key, ""].includes(text(one, "key")) && ["NoExecute", ""].includes(text(one, "effect"))),
  );
  const added = missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }));
  if (added.length > 0) spec["tolerations"] = [...own, ...added];
};
