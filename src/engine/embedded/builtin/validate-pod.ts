import { isIP } from "node:net";
import type { StatusCause } from "../api/status.ts";
import { duplicate, forbidden, invalidValue, notSupported, required } from "../schema/cause.ts";
import { labelCauses } from "../schema/metadata.ts";
import { dnsSubdomain, looseSubdomain, qualifiedName } from "../schema/names.ts";
import { type Fields, inner, items, number, text, texts } from "./fields-of.ts";
import { validateAffinity } from "./validate-affinity.ts";
import { validateContainer } from "./validate-container.ts";
import { validateProbes } from "./validate-probe.ts";
import { validatePodSecurity } from "./validate-security.ts";
import { labelProblems, oneOf } from "./validate-values.ts";
import { validateVolumes } from "./validate-volume.ts";

const MOST_SECONDS = 2_147_483_647;
const MOST_SERVERS = 3;
const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** What users and tools run into, in Kubernetes' words; affinities, devices and admission by classes are not looked at. */
export const validatePodSpec = (spec: Fields | undefined, path: string): StatusCause[] => {
  if (spec === undefined) return [required(`${path}.containers`)];
  const account = text(spec, "serviceAccountName");
  const volumes = validateVolumes(items(spec, "volumes"), `${path}.volumes`, { account });
  return [
    ...volumes.causes,
    ...validateContainers(spec, path, volumes.names),
    ...oneOf(spec, "restartPolicy", path, RESTART_POLICIES),
    ...validateNetwork(spec, path),
    ...validatePodSecurity(spec, path),
    ...validateAffinity(inner(spec, "affinity"), `${path}.affinity`),
    ...validatePlacement(spec, path),
    ...validateNames(spec, path),
  ];
};

const validateContainers = (spec: Fields, path: string, volumes: ReadonlySet<string>): StatusCause[] => {
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  return [
    ...(items(spec, "containers").length === 0 ? [required(`${path}.containers`)] : []),
    ...["containers", "initContainers"].flatMap((list) =>
      items(spec, list).flatMap((container, at) => {
        const here = `${path}.${list}[${at}]`;
        const name = text(container, "name");
        const twice = names.has(name) && name !== "";
        names.add(name);
        const endsFirst = list === "initContainers" && text(container, "restartPolicy") !== "Always";
        return [
          ...validateContainer(container, here, volumes),
          ...(twice ? [duplicate(`${here}.name`, name)] : []),
          ...validateProbes(container, here, {
            endsFirst,
            graceSeconds: number(spec, "terminationGracePeriodSeconds"),
          }),
          ...(list === "containers" ? takenHostPorts(container, here, hostPorts) : []),
        ];
      }),
    ),
  ];
};

const takenHostPorts = (container: Fields, path: string, taken: Set<string>): StatusCause[] =>
  items(container, "ports").flatMap((port, at) => {
    if (number(port, "hostPort") === 0) return [];
    const key = `${text(port, "protocol")}/${text(port, "hostIP")}/${number(port, "hostPort")}`;
    if (taken.has(key)) return [duplicate(`${path}.ports[${at}].hostPort`, key)];
    taken.add(key);
    return [];
  });

const validateNetwork = (spec: Fields, path: string): StatusCause[] => [
  ...oneOf(spec, "dnsPolicy", path, DNS_POLICIES),
  ...validateDns(inner(spec, "dnsConfig"), `${path}.dnsConfig`, text(spec, "dnsPolicy") === "None"),
  ...items(spec, "hostAliases").flatMap((alias, at) => {
    const here = `${path}.hostAliases[${at}]`;
    return [
      ...validateAddress(text(alias, "ip"), `${here}.ip`),
      ...texts(alias, "hostnames").flatMap((name, index) =>
        dnsSubdomain(name).map((why) => invalidValue(`${here}.hostnames[${index}]`, name, why)),
      ),
    ];
  }),
];

const validateDns = (config: Fields | undefined, path: string, isNeeded: boolean): StatusCause[] => {
  const servers = texts(config, "nameservers");
  if (isNeeded && config === undefined) return [required(path, "must provide `dnsConfig` when `dnsPolicy` is None")];
  const none = "must provide at least one DNS nameserver when `dnsPolicy` is None";
  return [
    ...(isNeeded && servers.length === 0 ? [required(`${path}.nameservers`, none)] : []),
    ...(servers.length > MOST_SERVERS
      ? [invalidValue(`${path}.nameservers`, servers, `must not have more than ${MOST_SERVERS} nameservers`)]
      : []),
    ...servers.flatMap((server, at) => validateAddress(server, `${path}.nameservers[${at}]`)),
    ...texts(config, "searches").flatMap((name, at) =>
      // A dot at the end says that the name is a whole one.
      looseSubdomain(name.replace(/\.$/, "")).map((why) => invalidValue(`${path}.searches[${at}]`, name, why)),
    ),
  ];
};

const validateAddress = (address: string, path: string): StatusCause[] =>
  isIP(address) === 0
    ? [invalidValue(path, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")]
    : [];

const validatePlacement = (spec: Fields, path: string): StatusCause[] => {
  const gates = items(spec, "schedulingGates").map((gate) => text(gate, "name"));
  return [
    ...labelCauses((inner(spec, "nodeSelector") ?? {}) as Record<string, string>, `${path}.nodeSelector`),
    ...items(spec, "readinessGates").flatMap((gate, at) => {
      const type = text(gate, "conditionType");
      return qualifiedName(type).map((why) => invalidValue(`${path}.readinessGates[${at}].conditionType`, type, why));
    }),
    ...gates.flatMap((name, at) =>
      gates.indexOf(name) < at ? [duplicate(`${path}.schedulingGates[${at}]`, name)] : [],
    ),
    ...gates.flatMap((name, at) =>
      qualifiedName(name).map((why) => invalidValue(`${path}.schedulingGates[${at}]`, name, why)),
    ),
    ...items(spec, "topologySpreadConstraints").flatMap((constraint, at) =>
      validateSpread(constraint, `${path}.topologySpreadConstraints[${at}]`),
    ),
    ...items(spec, "tolerations").flatMap((one, at) => validateToleration(one, `${path}.tolerations[${at}]`)),
  ];
};

const validateSpread = (constraint: Fields, path: string): StatusCause[] => {
  const skew = number(constraint, "maxSkew");
  return [
    ...(skew > 0 ? [] : [invalidValue(`${path}.maxSkew`, skew, "must be greater than zero")]),
    ...(text(constraint, "topologyKey") === "" ? [required(`${path}.topologyKey`, "can not be empty")] : []),
    ...oneOf(constraint, "whenUnsatisfiable", path, ["DoNotSchedule", "ScheduleAnyway"]),
  ];
};

const validateToleration = (toleration: Fields, path: string): StatusCause[] => {
  const [key, operator, value] = [text(toleration, "key"), text(toleration, "operator"), text(toleration, "value")];
  const everything = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
  const [needsExists, isExists] = [key === "" && operator !== "Exists", operator === "Exists"];
  const forEver = toleration["tolerationSeconds"] === undefined || text(toleration, "effect") === "NoExecute";
  return [
    ...(key === "" ? [] : qualifiedName(key).map((why) => invalidValue(`${path}.key`, key, why))),
    ...(needsExists ? [invalidValue(`${path}.operator`, operator, everything)] : []),
    ...(forEver
      ? []
      : [
          invalidValue(
            `${path}.effect`,
            text(toleration, "effect"),
            "effect must be 'NoExecute' when `tolerationSeconds` is set",
          ),
        ]),
    ...oneOf(toleration, "operator", path, ["Equal", "Exists"]),
    ...(isExists && value !== ""
      ? [invalidValue(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'")]
      : []),
    ...oneOf(toleration, "effect", path, EFFECTS),
  ];
};

const validateNames = (spec: Fields, path: string): StatusCause[] => {
  const seconds = spec["activeDeadlineSeconds"];
  const system = inner(spec, "os") === undefined ? "linux" : text(inner(spec, "os"), "name");
  return [
    ...["serviceAccountName", "nodeName"].flatMap((name) => {
      const value = text(spec, name);
      return value === "" ? [] : dnsSubdomain(value).map((why) => invalidValue(`${path}.${name}`, value, why));
    }),
    ...(typeof seconds === "number" && (seconds < 1 || seconds > MOST_SECONDS)
      ? [invalidValue(`${path}.activeDeadlineSeconds`, seconds, `must be between 1 and ${MOST_SECONDS}, inclusive`)]
      : []),
    ...["hostname", "subdomain"].flatMap((name) => {
      const value = text(spec, name);
      if (value === "") return [];
      return labelProblems(value).map((why) => invalidValue(`${path}.${name}`, value, why));
    }),
    ...(system === "linux" || system === "windows" ? [] : [notSupported(`${path}.os`, system, ["linux", "windows"])]),
  ];
};

/** What holds for pods and not for templates of pods. */
export const validatePodOnly = (spec: Fields | undefined, path: string): StatusCause[] => [
  ...["containers", "initContainers"].flatMap((list) =>
    items(spec, list).flatMap((container, at) => {
      const image = text(container, "image");
      return image === image.trim()
        ? []
        : [invalidValue(`${path}.${list}[${at}].image`, image, "must not have leading or trailing whitespace")];
    }),
  ),
];

/** Ephemeral containers come later, by their own subresource. */
export const validateNewPod = (spec: Fields | undefined, path: string): StatusCause[] =>
  items(spec, "ephemeralContainers").length > 0
    ? [forbidden(`${path}.ephemeralContainers`, "cannot be set on create")]
    : [];
