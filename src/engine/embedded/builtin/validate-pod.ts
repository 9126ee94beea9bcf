import type { StatusCause } from "../api/status.ts";
import { duplicate, invalidValue, required } from "../schema/cause.ts";
import { dnsLabel } from "../schema/names.ts";
import { type Fields, items, text } from "./fields-of.ts";

const MOST_PORT = 65_535;

/** What users and tools run into; the rest of a pod's rules is not checked here. */
export const validatePodSpec = (
  spec: Fields | undefined,
  path: string,
  /** Volumes that come from elsewhere: the claims of a StatefulSet. */
  others: readonly string[] = [],
): StatusCause[] => {
  const containers = items(spec, "containers");
  const volumes = new Set([...others, ...items(spec, "volumes").map((volume) => text(volume, "name"))]);
  const names = new Set<string>();
  return [
    ...(containers.length === 0 ? [required(`${path}.containers`)] : []),
    ...["initContainers", "containers"].flatMap((list) =>
      items(spec, list).flatMap((container, at) => {
        const here = `${path}.${list}[${at}]`;
        const name = text(container, "name");
        const twice = names.has(name) && name !== "";
        names.add(name);
        return [...(twice ? [duplicate(`${here}.name`, name)] : []), ...validateContainer(container, here, volumes)];
      }),
    ),
  ];
};

const validateContainer = (container: Fields, path: string, volumes: ReadonlySet<string>): StatusCause[] => {
  const name = text(container, "name");
  return [
    ...(name === ""
      ? [required(`${path}.name`)]
      : dnsLabel(name).map((why) => invalidValue(`${path}.name`, name, why))),
    ...(text(container, "image") === "" ? [required(`${path}.image`)] : []),
    ...items(container, "ports").flatMap((port, at) =>
      validatePort(port["containerPort"], `${path}.ports[${at}].containerPort`),
    ),
    ...items(container, "volumeMounts").flatMap((mount, at) => {
      const here = `${path}.volumeMounts[${at}]`;
      const volume = text(mount, "name");
      return [
        ...(volumes.has(volume)
          ? []
          : [{ reason: "FieldValueNotFound", message: `Not found: ${JSON.stringify(volume)}`, field: `${here}.name` }]),
        ...(text(mount, "mountPath") === "" ? [required(`${here}.mountPath`)] : []),
      ];
    }),
    ...items(container, "env").flatMap((variable, at) =>
      text(variable, "name") === "" ? [required(`${path}.env[${at}].name`)] : [],
    ),
  ];
};

export const validatePort = (port: unknown, path: string): StatusCause[] => {
  if (typeof port === "number" && port >= 1 && port <= MOST_PORT) return [];
  if (port === undefined || port === 0) return [required(path)];
  return [invalidValue(path, port, "must be between 1 and 65535, inclusive")];
};
