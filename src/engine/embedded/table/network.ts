import type { AnyObject } from "../../../k8s/types.ts";
import { type Fields, inner, items, number, text, textMap, texts } from "../builtin/fields-of.ts";
import { AGE, type Column, NAME, at, column, labelsText, orNone, selectorText, wide } from "./column.ts";

export const SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  column("Type", at("spec", "type")),
  column("Cluster-IP", orNone("spec", "clusterIP")),
  column("External-IP", (service) => externalAddress(service)),
  column("Port(s)", (service) => servicePorts(service) || "<none>"),
  AGE,
  wide("Selector", (service) => labelsText(textMap(inner(service, "spec"), "selector")) || "<none>"),
];

const servicePorts = (service: AnyObject): string =>
  items(service, "spec", "ports")
    .map((port) => {
      const node = number(port, "nodePort");
      return `${number(port, "port")}${node > 0 ? `:${node}` : ""}/${text(port, "protocol")}`;
    })
    .join(",");

const externalAddress = (service: AnyObject): string => {
  const spec = inner(service, "spec");
  const external = texts(spec, "externalIPs");
  const ingress = items(service, "status", "loadBalancer", "ingress").map(
    (one) => text(one, "ip") || text(one, "hostname"),
  );
  switch (text(spec, "type")) {
    case "ExternalName":
      return text(spec, "externalName");
    case "LoadBalancer":
      return [...ingress, ...external].join(",") || "<pending>";
    default:
      return external.join(",") || "<none>";
  }
};

export const INGRESS_COLUMNS: readonly Column[] = [
  NAME,
  column("Class", orNone("spec", "ingressClassName")),
  column("Hosts", (ingress) =>
    hostsText(
      items(ingress, "spec", "rules")
        .map((rule) => text(rule, "host"))
        .filter(Boolean),
    ),
  ),
  column("Address", (ingress) =>
    items(ingress, "status", "loadBalancer", "ingress")
      .map((one) => text(one, "ip") || text(one, "hostname"))
      .join(","),
  ),
  column("Ports", (ingress) => (items(ingress, "spec", "tls").length > 0 ? "80, 443" : "80")),
  AGE,
];

const SHOWN = 3;

const hostsText = (hosts: readonly string[]): string => {
  if (hosts.length === 0) return "*";
  const shown = hosts.slice(0, SHOWN).join(",");
  return hosts.length > SHOWN ? `${shown} + ${hosts.length - SHOWN} more...` : shown;
};

export const INGRESS_CLASS_COLUMNS: readonly Column[] = [
  NAME,
  column("Controller", at("spec", "controller")),
  column("Parameters", (object) => {
    const parameters = inner(object, "spec", "parameters");
    if (parameters === undefined) return "<none>";
    const group = text(parameters, "apiGroup");
    return `${text(parameters, "kind")}${group === "" ? "" : `.${group}`}/${text(parameters, "name")}`;
  }),
  AGE,
];

export const NETWORK_POLICY_COLUMNS: readonly Column[] = [
  NAME,
  column("Pod-Selector", (object) => selectorText(inner(object, "spec", "podSelector"))),
  AGE,
];

export const ENDPOINTS_COLUMNS: readonly Column[] = [
  NAME,
  column("Endpoints", (object) => {
    const all = items(object, "subsets").flatMap((subset) => subsetTexts(subset));
    return more(all) || "<none>";
  }),
  AGE,
];

const subsetTexts = (subset: Fields): string[] => {
  const addresses = items(subset, "addresses").map((one) => text(one, "ip"));
  const ports = items(subset, "ports").map((port) => number(port, "port"));
  return ports.length === 0 ? addresses : ports.flatMap((port) => addresses.map((address) => `${address}:${port}`));
};

const more = (words: readonly string[]): string =>
  words.length > SHOWN ? `${words.slice(0, SHOWN).join(",")} + ${words.length - SHOWN} more...` : words.join(",");

export const ENDPOINT_SLICE_COLUMNS: readonly Column[] = [
  NAME,
  column("AddressType", at("addressType")),
  column("Ports", (slice) => {
    const ports = items(slice, "ports").map((port) => (typeof port["port"] === "number" ? String(port["port"]) : "*"));
    return ports.length === 0 ? "<unset>" : more(ports);
  }),
  column("Endpoints", (slice) => {
    const addresses = items(slice, "endpoints").flatMap((endpoint) => texts(endpoint, "addresses"));
    return addresses.length === 0 ? "<unset>" : more(addresses);
  }),
  AGE,
];
