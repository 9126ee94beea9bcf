import type { AnyObject } from "../../../k8s/types.ts";
import type { StatusCause } from "../api/status.ts";
import type { WriteContext } from "../rules/rules.ts";
import { invalidValue, required } from "../schema/cause.ts";
import { dnsLabel1035 } from "../schema/names.ts";
import { type Fields, fill, fillZero, inner, items, text } from "./fields-of.ts";
import type { BuiltinKind } from "./kind.ts";

const specOf = (object: AnyObject): Fields => inner(object, "spec") ?? {};
const WITH_NODE_PORTS = new Set(["NodePort", "LoadBalancer"]);

export const SERVICE_KIND: BuiltinKind = {
  name: dnsLabel1035,
  defaults: (object) => {
    const spec = specOf(object);
    fillZero(spec, "sessionAffinity", "None");
    if (spec["sessionAffinity"] === "ClientIP")
      fill(spec, "sessionAffinityConfig", { clientIP: { timeoutSeconds: 10_800 } });
    fillZero(spec, "type", "ClusterIP");
    for (const port of items(spec, "ports")) {
      fillZero(port, "protocol", "TCP");
      if (port["targetPort"] === undefined || port["targetPort"] === 0 || port["targetPort"] === "")
        port["targetPort"] = port["port"];
    }
    if (spec["type"] === "LoadBalancer") fill(spec, "allocateLoadBalancerNodePorts", true);
    if (WITH_NODE_PORTS.has(text(spec, "type"))) fillZero(spec, "externalTrafficPolicy", "Cluster");
    if (spec["type"] !== "ExternalName") fill(spec, "internalTrafficPolicy", "Cluster");
  },
  prepareCreate: (object, context) => {
    object["status"] = { loadBalancer: {} };
    allocate(specOf(object), context);
  },
  prepareUpdate: (object, old, context) => {
    const [spec, before] = [specOf(object), specOf(old)];
    // What a client leaves out of what was given to it stays.
    if (spec["type"] !== "ExternalName" && before["type"] !== "ExternalName")
      for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"])
        if (spec[field] === undefined || spec[field] === "") spec[field] = before[field];
    for (const port of items(spec, "ports")) {
      const same = items(before, "ports").find(
        (one) => one["port"] === port["port"] && one["protocol"] === port["protocol"],
      );
      if (WITH_NODE_PORTS.has(text(spec, "type"))) fillZero(port, "nodePort", same?.["nodePort"] ?? 0);
      else delete port["nodePort"];
    }
    allocate(spec, context);
  },
  validate: (object) => serviceCauses(specOf(object)),
  validateUpdate: (object, old) => [
    ...serviceCauses(specOf(object)),
    ...addressChange(text(specOf(object), "clusterIP"), text(specOf(old), "clusterIP"), specOf(object)["type"]),
  ],
};

const allocate = (spec: Fields, { allocateClusterIP, allocateNodePort }: WriteContext): void => {
  if (spec["type"] === "ExternalName") {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) delete spec[field];
    return;
  }
  const wanted = text(spec, "clusterIP") || ((spec["clusterIPs"] as string[] | undefined)?.[0] ?? "");
  if (wanted === "None") {
    Object.assign(spec, { clusterIP: "None", clusterIPs: ["None"] });
    const hasSelector = Object.keys(inner(spec, "selector") ?? {}).length > 0;
    fill(spec, "ipFamilies", hasSelector ? ["IPv4"] : ["IPv4", "IPv6"]);
    fill(spec, "ipFamilyPolicy", hasSelector ? "SingleStack" : "RequireDualStack");
  } else {
    const address = allocateClusterIP(wanted === "" ? undefined : wanted);
    Object.assign(spec, { clusterIP: address, clusterIPs: [address] });
    fill(spec, "ipFamilies", ["IPv4"]);
    fill(spec, "ipFamilyPolicy", "SingleStack");
  }
  if (!WITH_NODE_PORTS.has(text(spec, "type"))) return;
  for (const port of items(spec, "ports")) {
    const given = port["nodePort"] as number | undefined;
    port["nodePort"] = allocateNodePort(given === 0 ? undefined : given);
  }
};

const MOST_PORT = 65_535;

const serviceCauses = (spec: Fields): StatusCause[] => {
  const ports = items(spec, "ports");
  const outOfRange = (value: unknown): boolean => typeof value === "number" && (value < 1 || value > MOST_PORT);
  const needsPorts = spec["type"] !== "ExternalName" && spec["clusterIP"] !== "None";
  return [
    ...(needsPorts && ports.length === 0 ? [required("spec.ports")] : []),
    ...ports.flatMap((port, at) => {
      const path = `spec.ports[${at}]`;
      return [
        ...(ports.length > 1 && text(port, "name") === "" ? [required(`${path}.name`)] : []),
        ...["port", "targetPort"].flatMap((field) =>
          outOfRange(port[field] ?? 0)
            ? [invalidValue(`${path}.${field}`, port[field] ?? 0, "must be between 1 and 65535, inclusive")]
            : [],
        ),
      ];
    }),
    ...(spec["type"] === "ExternalName" && text(spec, "externalName") === "" ? [required("spec.externalName")] : []),
  ];
};

const addressChange = (now: string, before: string, type: unknown): StatusCause[] => {
  if (now === before || before === "" || type === "ExternalName") return [];
  return [invalidValue("spec.clusterIPs[0]", [now], "may not change once set")];
};
