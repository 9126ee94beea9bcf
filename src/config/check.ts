import { existsSync } from "node:fs";
import { didYouMean } from "../lib/did-you-mean.ts";
import type { Platform } from "./model.ts";
import { clusterName } from "./names.ts";
import { type Path, type Problem, suggestion } from "./problems.ts";
import type { ConfigFile } from "./schema.ts";

/** Names that the other two planes have already. */
const RESERVED: readonly string[] = ["control", "build"];
/** A node is called `<cluster>-control-plane` and that has to be a host name. */
const CLUSTER_NAME_LIMIT = 63 - "-control-plane".length;

/** Rules between fields, and between the file and the machine. Gathers everything that is wrong. */
export const checkConfig = (config: ConfigFile, platform: Platform): Problem[] => [
  ...checkPlanes(platform),
  ...checkPlacement(config, platform),
  ...checkEnvironments(platform),
  ...checkPorts(platform),
  ...checkPaths(config, platform),
  ...checkRegistries(platform),
  ...checkPlatformComponents(platform),
];

const checkPlanes = ({ name: platform, topology, planes }: Platform): Problem[] => {
  const { data } = planes;
  const problems = repeated(data, ({ name }) => name).map(({ index, value }): Problem => ({
    path: nameOfPlane(index),
    message: `"${value}" is there twice`,
  }));
  if (topology === "colocated" && data.length > 1) {
    const message = `topology colocated takes exactly one data plane, here are ${data.length}: for more set topology: multi-cluster`;
    problems.push({ path: ["planes", "data"], message });
  }
  for (const [index, { name }] of data.entries()) {
    if (RESERVED.includes(name))
      problems.push({ path: nameOfPlane(index), message: `"${name}" is reserved for the ${name} plane` });
    const cluster = clusterName(platform, name, topology);
    if (cluster.length > CLUSTER_NAME_LIMIT) {
      const message = `makes cluster ${cluster} of ${cluster.length} characters, but ${CLUSTER_NAME_LIMIT} fit: shorten it`;
      problems.push({ path: nameOfPlane(index), message });
    }
  }
  return problems;
};

const nameOfPlane = (index: number): Path => ["planes", "data", index, "name"];

const checkPlacement = (config: ConfigFile, { environments }: Platform): Problem[] => {
  const problems: Problem[] = [];
  const known = environments.map(({ name }) => name);
  const placed = new Map<string, string>();
  const misspelt = new Set<string | undefined>();
  for (const [index, plane] of (config.planes?.data ?? []).entries()) {
    for (const [position, name] of (plane.environments ?? []).entries()) {
      const path = ["planes", "data", index, "environments", position];
      const other = placed.get(name);
      if (!known.includes(name)) {
        problems.push({ path, message: `there is no environment "${name}". ${suggestion(name, known)}` });
        misspelt.add(didYouMean(name, known));
      } else if (other !== undefined) problems.push({ path, message: `"${name}" is placed on ${other} already` });
      else placed.set(name, plane.name);
    }
  }
  const lost = environments
    .filter(({ dataPlane, name }) => dataPlane === "" && !misspelt.has(name))
    .map(({ name }) => name);
  if (lost.length > 0) {
    const message = `no data plane has ${lost.join(", ")}: name ${lost.length === 1 ? "it" : "them"} in the environments of one`;
    problems.push({ path: ["planes", "data"], message });
  }
  return problems;
};

const checkEnvironments = ({ environments }: Platform): Problem[] => [
  ...repeated(environments, ({ name }) => name).map(({ index, value }) => ({
    path: ["environments", index, "name"],
    message: `"${value}" is there twice`,
  })),
  // Host names are made from the prefix alone, so on one gateway it has to tell environments apart.
  ...repeated(environments, (one) => `${one.dataPlane}/${one.dnsPrefix}`)
    .filter(({ index, first }) => environments[index]?.name !== first.name)
    .map(({ index, first }) => ({
      path: ["environments", index, "dnsPrefix"],
      message: `"${first.dnsPrefix}" is the dnsPrefix of ${first.name} too, on the same data plane`,
    })),
];

const checkPorts = ({ planes }: Platform): Problem[] =>
  repeated(planes.data, ({ gateway }) => gateway.port).map(({ index, first, value }) => ({
    path: ["planes", "data", index, "gateway", "port"],
    message: `${value} is the port of ${first.name} too`,
  }));

const checkPaths = (config: ConfigFile, platform: Platform): Problem[] => {
  const lists: readonly {
    files: readonly string[];
    written: readonly string[] | undefined;
    at: (index: number) => Path;
  }[] = [
    {
      files: platform.components.map(({ path }) => path),
      written: config.components?.map(({ path }) => path),
      at: (index) => ["components", index, "path"],
    },
    { files: platform.resources, written: config.resources, at: (index) => ["resources", index] },
    {
      files: platform.platformComponents.map(({ path }) => path),
      written: config.platformComponents?.map(({ path }) => path),
      at: (index) => ["platformComponents", index, "path"],
    },
    {
      files: platform.platformComponents.map(({ manifests }) => manifests),
      written: config.platformComponents?.map(({ manifests }) => manifests),
      at: (index) => ["platformComponents", index, "manifests"],
    },
    {
      files: platform.network.extraCAs,
      written: config.network?.extraCAs,
      at: (index) => ["network", "extraCAs", index],
    },
  ];
  return lists.flatMap(({ files, written = [], at }) => [
    ...files.flatMap((file, index): Problem[] =>
      existsSync(file) ? [] : [{ path: at(index), message: `${written[index]} does not exist (${file})` }],
    ),
    ...repeated(files, (file) => file).map(({ index }) => ({
      path: at(index),
      message: `${written[index]} is there twice`,
    })),
  ]);
};

const checkRegistries = ({ registries }: Platform): Problem[] =>
  repeated(registries, ({ host }) => host).map(({ index, value }) => ({
    path: ["registries", index, "host"],
    message: `${value} is there twice`,
  }));

const checkPlatformComponents = ({ platformComponents, planes }: Platform): Problem[] => {
  const known = [...RESERVED, ...planes.data.map(({ name }) => name)];
  return [
    ...repeated(platformComponents, ({ name }) => name).map(({ index, value }) => ({
      path: ["platformComponents", index, "name"],
      message: `"${value}" is there twice`,
    })),
    ...platformComponents.flatMap(({ plane }, index): Problem[] =>
      known.includes(plane)
        ? []
        : [
            {
              path: ["platformComponents", index, "plane"],
              message: `there is no plane "${plane}". ${suggestion(plane, known)}`,
            },
          ],
    ),
  ];
};

interface Repeated<Item, Value> {
  readonly index: number;
  readonly value: Value;
  /** The earlier item with the same value. */
  readonly first: Item;
}

/** Items whose value an earlier one has already. An undefined value is nobody's. */
const repeated = <Item, Value>(items: readonly Item[], valueOf: (item: Item) => Value): Repeated<Item, Value>[] => {
  const seen = new Map<Value, Item>();
  return items.flatMap((item, index) => {
    const value = valueOf(item);
    const first = seen.get(value);
    if (first !== undefined) return [{ index, value, first }];
    if (value !== undefined) seen.set(value, item);
    return [];
  });
};
