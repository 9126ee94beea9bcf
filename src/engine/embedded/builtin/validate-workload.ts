import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import { type GoStruct, forbidden, invalidValue, notSupported, required } from "../schema/cause.ts";
import { annotationCauses, labelCauses } from "../schema/metadata.ts";
import { dnsLabel } from "../schema/names.ts";
import { type Fields, inner, number, text, textMap } from "./fields-of.ts";
import { validateSelector } from "./validate-selector.ts";
import { validateLasting, validateMatch, validateOwnSelector, validateTemplate } from "./validate-template.ts";
import { amountOf, countOrShare, notMoreThanAll, notNegative, oneOf } from "./validate-values.ts";

const TEMPLATE = "spec.template";
const SELECTOR = "spec.selector";

export const validateDeployment = (object: AnyObject): StatusCause[] => {
  const spec = specOf(object);
  const [ready, deadline] = [number(spec, "minReadySeconds"), spec["progressDeadlineSeconds"]];
  return [
    ...notNegative(spec, "spec", ["replicas"]),
    ...validateReplicated(spec),
    ...validateStrategy(inner(spec, "strategy") ?? {}, "spec.strategy"),
    ...notNegative(spec, "spec", ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"]),
    ...(typeof deadline === "number" && deadline <= ready
      ? [invalidValue("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")]
      : []),
  ];
};

export const validateReplicaSet = (object: AnyObject): StatusCause[] => [
  ...notNegative(specOf(object), "spec", ["replicas", "minReadySeconds"]),
  ...validateReplicated(specOf(object)),
];

/** Selector and template of Deployments and ReplicaSets, which Kubernetes calls by one name. */
const validateReplicated = (spec: Fields): StatusCause[] => {
  const [selector, template] = [inner(spec, "selector"), inner(spec, "template")];
  const causes = validateOwnSelector(selector, SELECTOR, "deployment");
  if (selector !== undefined && validateSelector(selector, SELECTOR).length > 0)
    return [...causes, invalidValue(SELECTOR, selector, "invalid label selector")];
  return [
    ...causes,
    ...validateMatch(selector, template, TEMPLATE),
    ...validateTemplate(template, TEMPLATE),
    ...validateLasting(template, TEMPLATE, "ReplicaSet"),
  ];
};

const validateStrategy = (strategy: Fields, path: string): StatusCause[] => {
  const [type, rolling] = [text(strategy, "type"), inner(strategy, "rollingUpdate")];
  if (type === "RollingUpdate") return validateRolling(rolling ?? {}, `${path}.rollingUpdate`);
  if (type !== "Recreate") return [notSupported(path, goStrategy(type), ["Recreate", "RollingUpdate"])];
  const why = "may not be specified when strategy `type` is 'Recreate'";
  return rolling === undefined ? [] : [forbidden(`${path}.rollingUpdate`, why)];
};

const validateRolling = (rolling: Fields, path: string): StatusCause[] => {
  const [unavailable, surge] = [rolling["maxUnavailable"], rolling["maxSurge"]];
  const here = `${path}.maxUnavailable`;
  return [
    ...countOrShare(unavailable, here),
    ...countOrShare(surge, `${path}.maxSurge`),
    ...(amountOf(unavailable) === 0 && amountOf(surge) === 0
      ? [invalidValue(here, unavailable, "may not be 0 when `maxSurge` is 0")]
      : []),
    ...notMoreThanAll(unavailable, here),
  ];
};

/** A strategy of an unknown type as Go prints it. */
const goStrategy = (type: string): GoStruct => ({ goFields: { Type: type, RollingUpdate: null } });

export const validateDaemonSet = (object: AnyObject): StatusCause[] => {
  const spec = specOf(object);
  const [selector, template] = [inner(spec, "selector"), inner(spec, "template")];
  return [
    ...(selector === undefined ? [] : validateOwnSelector(selector, SELECTOR, "daemonset")),
    ...validateMatch(selector, template, TEMPLATE),
    ...validateTemplate(template, TEMPLATE),
    ...validateLasting(template, TEMPLATE, "DaemonSet"),
    ...notNegative(spec, "spec", ["minReadySeconds"]),
    ...validateDaemonStrategy(inner(spec, "updateStrategy") ?? {}, "spec.updateStrategy"),
    ...notNegative(spec, "spec", ["revisionHistoryLimit"]),
  ];
};

const validateDaemonStrategy = (strategy: Fields, path: string): StatusCause[] => {
  const [type, rolling] = [text(strategy, "type"), inner(strategy, "rollingUpdate")];
  if (type === "OnDelete") return [];
  if (type !== "RollingUpdate") return [notSupported(path, goStrategy(type), ["RollingUpdate", "OnDelete"])];
  const names = ["maxUnavailable", "maxSurge"].map((name) => ({
    value: rolling?.[name],
    here: `${path}.rollingUpdate.${name}`,
  }));
  const [unavailable = { value: 0, here: path }, surge = { value: 0, here: path }] = names;
  const [goes, comes] = [amountOf(unavailable.value) > 0, amountOf(surge.value) > 0];
  return [
    ...names.flatMap(({ value, here }) => [...countOrShare(value, here), ...notMoreThanAll(value, here)]),
    ...(goes && comes ? [invalidValue(surge.here, surge.value, "may not be set when maxUnavailable is non-zero")] : []),
    ...(goes || comes ? [] : [required(unavailable.here, "cannot be 0 when maxSurge is 0")]),
  ];
};

/** Kubernetes does not look at the pods of a StatefulSet before it makes them. */
export const validateStatefulSet = (object: AnyObject): StatusCause[] => {
  const spec = specOf(object);
  const [selector, template] = [inner(spec, "selector"), inner(spec, "template")];
  const [policy, service] = [text(spec, "podManagementPolicy"), text(spec, "serviceName")];
  const metadata = inner(template, "metadata");
  return [
    ...(policy === "OrderedReady" || policy === "Parallel"
      ? []
      : [invalidValue("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")]),
    ...validateStatefulStrategy(inner(spec, "updateStrategy") ?? {}, "spec.updateStrategy"),
    ...["whenDeleted", "whenScaled"].flatMap((name) =>
      oneOf(
        inner(spec, "persistentVolumeClaimRetentionPolicy") ?? {},
        name,
        "spec.persistentVolumeClaimRetentionPolicy",
        ["Retain", "Delete"],
      ),
    ),
    ...notNegative(spec, "spec", ["replicas", "minReadySeconds"]),
    ...notNegative(inner(spec, "ordinals"), "spec.ordinals", ["start"]),
    ...validateOwnSelector(selector, SELECTOR, "statefulset"),
    ...(selector === undefined || validateSelector(selector, SELECTOR).length === 0
      ? validateMatch(selector, template, TEMPLATE)
      : [invalidValue(SELECTOR, selector, "")]),
    ...labelCauses(textMap(metadata, "labels"), `${TEMPLATE}.labels`),
    ...annotationCauses(textMap(metadata, "annotations"), `${TEMPLATE}.annotations`),
    ...validateLasting(template, TEMPLATE, "StatefulSet"),
    ...(service === "" ? [] : dnsLabel(service).map((why) => invalidValue("spec.serviceName", service, why))),
  ];
};

const validateStatefulStrategy = (strategy: Fields, path: string): StatusCause[] => {
  const [type, rolling] = [text(strategy, "type"), inner(strategy, "rollingUpdate")];
  if (type === "RollingUpdate") return notNegative(rolling, `${path}.rollingUpdate`, ["partition"]);
  if (type !== "OnDelete") return [invalidValue(path, goStrategy(type), "must be 'RollingUpdate' or 'OnDelete'")];
  if (rolling === undefined) return [];
  const goFields = { Partition: rolling["partition"] ?? null, MaxUnavailable: rolling["maxUnavailable"] ?? null };
  return [invalidValue(`${path}.rollingUpdate`, { goFields }, "only allowed for updateStrategy 'RollingUpdate'")];
};

const STATEFUL_MUTABLE = [
  ...["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit"],
  ...["persistentVolumeClaimRetentionPolicy", "minReadySeconds"],
];

/** What may change of a StatefulSet: not which pods are its own, nor what they keep. */
export const statefulChange = (object: AnyObject, old: AnyObject): StatusCause[] => {
  const kept = (spec: Fields): Fields =>
    Object.fromEntries(Object.entries(spec).filter(([name]) => !STATEFUL_MUTABLE.includes(name)));
  if (isDeepStrictEqual(kept(specOf(object)), kept(specOf(old)))) return [];
  const names = STATEFUL_MUTABLE.slice(0, -1).map((name) => `'${name}'`);
  const list = `${names.join(", ")} and '${STATEFUL_MUTABLE.at(-1) ?? ""}'`;
  return [forbidden("spec", `updates to statefulset spec for fields other than ${list} are forbidden`)];
};

export const validateReplicationController = (object: AnyObject): StatusCause[] => {
  const spec = specOf(object);
  const [wanted, template] = [inner(spec, "selector"), inner(spec, "template")];
  const isEmpty = Object.keys(wanted ?? {}).length === 0;
  return [
    ...notNegative(spec, "spec", ["minReadySeconds"]),
    ...(isEmpty ? [required(SELECTOR)] : []),
    ...notNegative(spec, "spec", ["replicas"]),
    ...(template === undefined
      ? [required(TEMPLATE)]
      : [
          ...(isEmpty ? [] : validateMatch({ matchLabels: wanted }, template, TEMPLATE)),
          ...validateTemplate(template, TEMPLATE),
          ...validateLasting(template, TEMPLATE, "ReplicationController"),
        ]),
  ];
};

/** The pods of a workload are found by its selector: another one would leave them to nobody. */
export const selectorChange = (object: AnyObject, old: AnyObject): StatusCause[] => {
  const [now, before] = [specOf(object)["selector"], specOf(old)["selector"]];
  return isDeepStrictEqual(now, before) ? [] : [invalidValue(SELECTOR, now, "field is immutable")];
};

const specOf = (object: AnyObject): Fields => inner(object, "spec") ?? {};
