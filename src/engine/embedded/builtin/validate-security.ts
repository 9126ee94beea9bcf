import type { StatusCause } from "../api/status.ts";
import { invalidValue, notSupported, required } from "../schema/cause.ts";
import { type Fields, inner, items, number, text } from "./fields-of.ts";
import { oneOf, validateIds } from "./validate-values.ts";

const SECCOMP_TYPES = ["Localhost", "RuntimeDefault", "Unconfined"];
const SYSCTL = String.raw`^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`;
const IDS = ["fsGroup", "runAsUser", "runAsGroup"];

/** Who a pod runs as, and what of its node it shares. */
export const validatePodSecurity = (spec: Fields, path: string): StatusCause[] => {
  const here = `${path}.securityContext`;
  const context = inner(spec, "securityContext");
  const groups = context?.["supplementalGroups"];
  const together = "ShareProcessNamespace and HostPID cannot both be enabled";
  return [
    ...(spec["hostNetwork"] === true ? ownHostPorts(spec, path) : []),
    ...(spec["shareProcessNamespace"] === true && spec["hostPID"] === true
      ? [invalidValue(`${here}.shareProcessNamespace`, true, together)]
      : []),
    ...validateIds(context, here, IDS),
    ...(Array.isArray(groups) ? groups : []).flatMap((group: unknown, at) =>
      validateIds({ group }, here, ["group"]).map((one) => ({ ...one, field: `${here}.supplementalGroups[${at}]` })),
    ),
    ...items(context, "sysctls").flatMap((one, at) => validateSysctl(text(one, "name"), `${here}.sysctls[${at}].name`)),
    ...validateSeccomp(context, here),
    ...oneOf(context ?? {}, "fsGroupChangePolicy", here, ["Always", "OnRootMismatch"]),
  ];
};

/** On the node's own network a container's port is the node's. */
const ownHostPorts = (spec: Fields, path: string): StatusCause[] =>
  items(spec, "containers").flatMap((container, at) =>
    items(container, "ports").flatMap((port, index) => {
      const [outer, own] = [number(port, "hostPort"), number(port, "containerPort")];
      const here = `${path}.containers[${at}].ports[${index}].hostPort`;
      return outer === own ? [] : [invalidValue(here, outer, "must match `containerPort` when `hostNetwork` is true")];
    }),
  );

const validateSysctl = (name: string, path: string): StatusCause[] => {
  if (name === "") return [required(path)];
  const fits = name.length <= 253 && name.split(/[./]/).every((part) => /^[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/.test(part));
  return fits ? [] : [invalidValue(path, name, `must have at most 253 characters and match regex ${SYSCTL}`)];
};

const validateSeccomp = (context: Fields | undefined, path: string): StatusCause[] => {
  const profile = inner(context, "seccompProfile");
  if (profile === undefined) return [];
  const [here, type, file] = [`${path}.seccompProfile`, text(profile, "type"), text(profile, "localhostProfile")];
  if (type === "") return [required(`${here}.type`)];
  if (!SECCOMP_TYPES.includes(type)) return [notSupported(`${here}.type`, type, SECCOMP_TYPES)];
  return type === "Localhost" && file === ""
    ? [required(`${here}.localhostProfile`, "must be set when seccomp type is Localhost")]
    : [];
};

export const validateContainerSecurity = (context: Fields | undefined, path: string): StatusCause[] => [
  ...validateIds(context, path, ["runAsUser", "runAsGroup"]),
  ...oneOf(context ?? {}, "procMount", path, ["Default", "Unmasked"]),
  ...(context?.["privileged"] === true && context["allowPrivilegeEscalation"] === false
    ? [
        invalidValue(
          path,
          { goFields: goContext(context) },
          "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
        ),
      ]
    : []),
  ...validateSeccomp(context, path),
];

/** A context as Go prints it. */
const goContext = (context: Fields): object => {
  const names = [
    ...["capabilities", "privileged", "seLinuxOptions", "windowsOptions", "runAsUser", "runAsGroup", "runAsNonRoot"],
    ...["readOnlyRootFilesystem", "allowPrivilegeEscalation", "procMount", "seccompProfile", "appArmorProfile"],
  ];
  return Object.fromEntries(
    names.map((name) => [
      name === "seLinuxOptions" ? "SELinuxOptions" : `${name[0]?.toUpperCase()}${name.slice(1)}`,
      context[name] ?? null,
    ]),
  );
};
