import { existsSync } from "node:fs";
import { didYouMean } from "../lib/did-you-mean.ts";
import type { Platform } from "./model.ts";
import { PLATFORM_NAME_LIMIT, clusterName, isValidName } from "./names.ts";
import type { Problem } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";

const RESERVED = ["control", "build"];
/** Node names are `<cluster>-control-plane` and have to be host names. */
const CLUSTER_NAME_LIMIT = 63 - "-control-plane".length;

/** Rules between fields. Gathers everything that is wrong. */
export const checkConfig = (config: ConfigFile, platform: Platform): Problem[] => [
  ...checkNames(platform),
  ...checkPlanes(platform),
  ...checkEnvironments(config, platform),
  ...checkPorts(platform),
  ...checkPaths(config, platform),
  ...checkPool(platform),
];

const checkNames = (platform: Platform): Problem[] => {
  if (isValidName(platform.name)) return [];
  return [
    {
      path: ["name"],
      message: `"${platform.name}" has to be lower-case letters, digits and hyphens, at most ${PLATFORM_NAME_LIMIT}`,
    },
  ];
};

const checkPlanes = ({ name, topology, planes }: Platform): Problem[] => {
  const problems: Problem[] = [];
  if (topology === "colocated" && planes.data.length > 1) {
    problems.push({
      path: ["planes", "data"],
      message: `topology colocated takes exactly one data plane, here are ${planes.data.length}; more need topology: multi-cluster`,
    });
  }
  for (const [index, plane] of planes.data.entries()) {
    const at = ["planes", "data", index, "name"];
    if (RESERVED.includes(plane.name))
      problems.push({ path: at, message: `"${plane.name}" is reserved for the ${plane.name} plane` });
    if (planes.data.findIndex((other) => other.name === plane.name) < index)
      problems.push({ path: at, message: `"${plane.name}" is there twice` });
    const cluster = clusterName(name, plane.name, topology);
    if (cluster.length > CLUSTER_NAME_LIMIT) {
      problems.push({
        path: at,
        message: `cluster name ${cluster} has ${cluster.length} characters, ${CLUSTER_NAME_LIMIT} fit: shorten it`,
      });
    }
  }
  return problems;
};

const checkEnvironments = (config: ConfigFile, platform: Platform): Problem[] => {
  const problems: Problem[] = [];
  const known = platform.environments.map(({ name }) => name);
  for (const [index, name] of known.entries()) {
    if (known.indexOf(name) < index)
      problems.push({ path: ["environments", index, "name"], message: `"${name}" is there twice` });
  }
  const placed = new Map<string, string>();
  for (const [index, plane] of (config.planes?.data ?? []).entries()) {
    for (const [position, name] of (plane.environments ?? []).entries()) {
      const path = ["planes", "data", index, "environments", position];
      const meant = didYouMean(name, known);
      if (!known.includes(name)) {
        problems.push({
          path,
          message: `there is no environment "${name}"${meant === undefined ? `. Known: ${known.join(", ")}` : `. Did you mean "${meant}"?`}`,
        });
      } else if (placed.has(name))
        problems.push({ path, message: `"${name}" is placed on ${placed.get(name)} already` });
      else placed.set(name, plane.name);
    }
  }
  const lost = platform.environments.filter(({ dataPlane }) => dataPlane === "").map(({ name }) => name);
  if (lost.length > 0) {
    const message = `no data plane has ${lost.join(", ")}: name ${lost.length === 1 ? "it" : "them"} in one plane's environments`;
    problems.push({ path: ["planes", "data"], message });
  }
  return problems;
};

const checkPorts = ({ planes }: Platform): Problem[] =>
  planes.data.flatMap(({ gateway }, index): Problem[] => {
    const first = planes.data.findIndex(
      (other) => other.gateway.port !== undefined && other.gateway.port === gateway.port,
    );
    if (gateway.port === undefined || first === index) return [];
    return [
      {
        path: ["planes", "data", index, "gateway", "port"],
        message: `${gateway.port} is the port of ${planes.data[first]?.name} too`,
      },
    ];
  });

const checkPaths = (config: ConfigFile, platform: Platform): Problem[] => {
  const missing = (file: string, path: (string | number)[], written: string): Problem[] =>
    existsSync(file) ? [] : [{ path, message: `${written} does not exist` }];
  return [
    ...platform.components.flatMap(({ path }, index) =>
      missing(path, ["components", index, "path"], config.components?.[index]?.path ?? path),
    ),
    ...platform.resources.flatMap((path, index) =>
      missing(path, ["resources", index], config.resources?.[index] ?? path),
    ),
    ...platform.network.extraCAs.flatMap((path, index) =>
      missing(path, ["network", "extraCAs", index], config.network?.extraCAs?.[index] ?? path),
    ),
  ];
};

const checkPool = ({ network }: Platform): Problem[] => {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(network.pool);
  const octets = match?.slice(1, 5).map(Number) ?? [];
  const prefix = Number(match?.[5] ?? 99);
  if (match !== null && octets.every((octet) => octet <= 255) && prefix >= 8 && prefix <= 16) return [];
  return [
    {
      path: ["network", "pool"],
      message: `"${network.pool}" has to be an IPv4 range of /8 to /16, like 10.160.0.0/12`,
    },
  ];
};
