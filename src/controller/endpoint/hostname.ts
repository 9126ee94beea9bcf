import { generateName, LIMITS } from "../../crds/names.ts";
import { DEFAULT_ORGANIZATION } from "../../planes/defaults.ts";
import type { EndpointInput } from "./input.ts";

/** Domain of web applications, the same on every data plane. */
const APPS_DOMAIN = "choreoapps.localhost";

/** Who may come in by a route. */
export type Visibility = "public" | "organization";

/**
 * The host of a route. Web applications have one each. Services of an environment share one, told apart by their
 * paths; gRPC knows no paths, so its services have one each. Organizations other than the default one have domains of
 * their own.
 */
export const hostOf = (input: EndpointInput, visibility: Visibility): string => {
  const { componentType, domains, dnsPrefix, slot, spec } = input;
  if (componentType === "WebApplication") return `${ownLabel(input)}.${domainOf(slot.organization, APPS_DOMAIN)}`;
  const domain = domainOf(slot.organization, domains[visibility]);
  return spec.type === "gRPC" ? `${ownLabel(input)}.${domain}` : `${dnsPrefix}.${domain}`;
};

const domainOf = (organization: string, domain: string): string =>
  organization === DEFAULT_ORGANIZATION || domain.startsWith(`${organization}.`) ? domain : `${organization}.${domain}`;

/** One label, since the certificate's wildcard covers one. */
const ownLabel = ({ component, environment }: EndpointInput): string => {
  const label = `${component}-${environment}`;
  return label.length <= LIMITS.label && !label.includes(".")
    ? label
    : generateName(LIMITS.label, component, environment).replaceAll(".", "-");
};
