import { isDeepStrictEqual } from "node:util";
import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue, required } from "../schema/cause.ts";
import { dnsSubdomain } from "../schema/names.ts";
import { isIP } from "node:net";
import { type Fields, inner, items, number, text } from "./fields-of.ts";

const UNCHANGEABLE =
  "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
const LISTS = ["containers", "initContainers"];
/** Looked at one by one. */
const CHANGEABLE = new Set(["activeDeadlineSeconds", "tolerations", "schedulingGates", ...LISTS]);

/** Of a pod that is there, little may change: its images, its deadline, tolerations that are added, gates that go. */
export const podChange = (pod: AnyObject, old: AnyObject): StatusCause[] => {
  const [spec, before] = [inner(pod, "spec") ?? {}, inner(old, "spec") ?? {}];
  const moved = LISTS.filter((list) => items(spec, list).length !== items(before, list).length);
  if (moved.length > 0)
    return moved.map((list) => forbidden(`spec.${list}`, "pod updates may not add or remove containers"));
  const causes = [
    ...LISTS.flatMap((list) =>
      items(spec, list).flatMap((one, at) =>
        text(one, "image") === "" ? [required(`spec.${list}[${at}].image`)] : [],
      ),
    ),
    ...deadlineCauses(spec["activeDeadlineSeconds"], before["activeDeadlineSeconds"]),
    ...gateCauses(spec, before),
  ];
  if (causes.length > 0) return causes;
  const lost = items(before, "tolerations").filter(
    (one) => !items(spec, "tolerations").some((other) => isDeepStrictEqual(withoutTime(other), withoutTime(one))),
  );
  if (lost.length > 0)
    return [forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")];
  if (isDeepStrictEqual(essence(spec, before), essence(before, before))) return [];
  return [forbidden("spec", UNCHANGEABLE)];
};

const withoutTime = ({ tolerationSeconds: _time, ...rest }: Fields): Fields => rest;

const deadlineCauses = (now: unknown, before: unknown): StatusCause[] => {
  const path = "spec.activeDeadlineSeconds";
  if (typeof before !== "number") return [];
  if (typeof now !== "number")
    return [invalidValue(path, null, "must not update from a positive integer to nil value")];
  return now > before ? [invalidValue(path, now, "must be less than or equal to previous value")] : [];
};

const gateCauses = (spec: Fields, before: Fields): StatusCause[] => {
  const had = new Set(items(before, "schedulingGates").map((gate) => text(gate, "name")));
  return items(spec, "schedulingGates").flatMap((gate, at) => {
    const name = text(gate, "name");
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    return had.has(name) ? [] : [forbidden(`spec.schedulingGates[${at}].name`, why)];
  });
};

/** What has to be the same. Where the pod may run can still be said while a gate holds it up. */
const essence = (spec: Fields, before: Fields): Fields => {
  const isGated = items(before, "schedulingGates").length > 0;
  const kept = Object.entries(spec).filter(
    ([name]) => !CHANGEABLE.has(name) && !(isGated && ["nodeSelector", "affinity"].includes(name)),
  );
  const wasNegative = number(before, "terminationGracePeriodSeconds") < 0;
  return {
    ...Object.fromEntries(kept),
    ...(wasNegative ? { terminationGracePeriodSeconds: 1 } : {}),
    ...Object.fromEntries(LISTS.map((list) => [list, items(spec, list).map(withoutImage)])),
  };
};

const withoutImage = ({ image: _image, ...rest }: Fields): Fields => rest;

/** Problems of what a node or a scheduler says of a pod. */
export const validatePodStatus = (pod: AnyObject, old: AnyObject): StatusCause[] => {
  const status = inner(pod, "status");
  const [quality, before] = [text(status, "qosClass"), text(inner(old, "status"), "qosClass")];
  const node = text(status, "nominatedNodeName");
  return [
    ...(node === "" ? [] : dnsSubdomain(node).map((why) => invalidValue("status.nominatedNodeName", node, why))),
    ...(quality === before ? [] : [invalidValue("status.qosClass", quality, "field is immutable")]),
    ...items(status, "podIPs").flatMap((address, at) => {
      const ip = text(address, "ip");
      const why = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
      return isIP(ip) === 0 ? [invalidValue(`status.podIPs[${at}]`, ip, why)] : [];
    }),
  ];
};
