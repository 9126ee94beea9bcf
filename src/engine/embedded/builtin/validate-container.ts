import type { StatusCause } from "../api/status.ts";
import { duplicate, invalidValue, required } from "../schema/cause.ts";
import { portName } from "../schema/names.ts";
import { type Fields, inner, items, text } from "./fields-of.ts";
import { validateEnv, validateEnvFrom } from "./validate-env.ts";
import { localPath } from "./validate-files.ts";
import { validateResources } from "./validate-resources.ts";
import { validateContainerSecurity } from "./validate-security.ts";
import { labelProblems, oneOf } from "./validate-values.ts";

const MOST_PORT = 65_535;
const MESSAGE_POLICIES = ["File", "FallbackToLogsOnError"];
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const PROTOCOLS = ["SCTP", "TCP", "UDP"];
const PROPAGATIONS = ["Bidirectional", "HostToContainer", "None"];

/** Problems of a container as every container may have them; its hooks and probes are looked at elsewhere. */
export const validateContainer = (container: Fields, path: string, volumes: ReadonlySet<string>): StatusCause[] => {
  const name = text(container, "name");
  return [
    ...(name === ""
      ? [required(`${path}.name`)]
      : labelProblems(name).map((why) => invalidValue(`${path}.name`, name, why))),
    ...(text(container, "image") === "" ? [required(`${path}.image`)] : []),
    ...oneOf(container, "terminationMessagePolicy", path, MESSAGE_POLICIES),
    ...validatePorts(items(container, "ports"), `${path}.ports`),
    ...validateEnv(items(container, "env"), `${path}.env`),
    ...validateEnvFrom(items(container, "envFrom"), `${path}.envFrom`),
    ...validateMounts(items(container, "volumeMounts"), `${path}.volumeMounts`, volumes),
    ...items(container, "volumeDevices").flatMap((device, at) =>
      volumes.has(text(device, "name")) ? [] : [notFound(`${path}.volumeDevices[${at}].name`, text(device, "name"))],
    ),
    ...oneOf(container, "imagePullPolicy", path, PULL_POLICIES),
    ...validateResources(inner(container, "resources"), `${path}.resources`),
    ...validateContainerSecurity(inner(container, "securityContext"), `${path}.securityContext`),
  ];
};

/** The number of a port that has to be there. */
const validatePort = (port: unknown, path: string): StatusCause[] => {
  if (typeof port === "number" && port >= 1 && port <= MOST_PORT) return [];
  if (port === undefined || port === 0) return [required(path)];
  return [invalidValue(path, port, "must be between 1 and 65535, inclusive")];
};

const validatePorts = (ports: readonly Fields[], path: string): StatusCause[] => {
  const names = new Set<string>();
  return ports.flatMap((port, at) => {
    const here = `${path}[${at}]`;
    const name = text(port, "name");
    const wrong = name === "" ? [] : portName(name).map((why) => invalidValue(`${here}.name`, name, why));
    const twice = wrong.length === 0 && names.has(name);
    if (name !== "" && wrong.length === 0) names.add(name);
    return [
      ...wrong,
      ...(twice ? [duplicate(`${here}.name`, name)] : []),
      ...validatePort(port["containerPort"], `${here}.containerPort`),
      ...(port["hostPort"] === undefined || port["hostPort"] === 0
        ? []
        : validatePort(port["hostPort"], `${here}.hostPort`)),
      ...oneOf(port, "protocol", here, PROTOCOLS),
    ];
  });
};

const validateMounts = (mounts: readonly Fields[], path: string, volumes: ReadonlySet<string>): StatusCause[] => {
  const paths = new Set<string>();
  return mounts.flatMap((mount, at) => {
    const here = `${path}[${at}]`;
    const [name, where] = [text(mount, "name"), text(mount, "mountPath")];
    const [subPath, expression] = [text(mount, "subPath"), text(mount, "subPathExpr")];
    const twice = where !== "" && paths.has(where);
    paths.add(where);
    return [
      ...(name === "" ? [required(`${here}.name`)] : []),
      ...(volumes.has(name) ? [] : [notFound(`${here}.name`, name)]),
      ...(where === "" ? [required(`${here}.mountPath`)] : []),
      ...(twice ? [invalidValue(`${here}.mountPath`, where, "must be unique")] : []),
      // Kubernetes names no number here.
      ...localPath(subPath, `${path}.subPath`),
      ...(subPath !== "" && expression !== ""
        ? [invalidValue(`${here}.subPathExpr`, expression, "subPathExpr and subPath are mutually exclusive")]
        : []),
      ...oneOf(mount, "mountPropagation", path, PROPAGATIONS),
    ];
  });
};

const notFound = (field: string, name: string): StatusCause => ({
  reason: "FieldValueNotFound",
  message: `Not found: ${JSON.stringify(name)}`,
  field,
});
