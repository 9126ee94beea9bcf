// What a running API server tells about its types: discovery and OpenAPI v3, without prose.
import https from "node:https";
import { startKubeApiserver } from "../../test/helpers/kube-apiserver.ts";

const GROUP_VERSIONS = [
  "v1",
  "apps/v1",
  "events.k8s.io/v1",
  "authentication.k8s.io/v1",
  "authorization.k8s.io/v1",
  "autoscaling/v2",
  "autoscaling/v1",
  "batch/v1",
  "certificates.k8s.io/v1",
  "networking.k8s.io/v1",
  "policy/v1",
  "rbac.authorization.k8s.io/v1",
  "storage.k8s.io/v1",
  "admissionregistration.k8s.io/v1",
  "apiextensions.k8s.io/v1",
  "scheduling.k8s.io/v1",
  "coordination.k8s.io/v1",
  "node.k8s.io/v1",
  "discovery.k8s.io/v1",
];
/** `componentstatuses` asks the control plane's processes for their health: deprecated, and nothing is stored. */
const LEFT_OUT = new Set(["componentstatuses"]);
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

export const recordServer = async () => {
  const server = await startKubeApiserver();
  try {
    const get = (path, accept) => getJson(server.endpoint, path, accept);
    const discovery = [...(await get("/api", AGGREGATED)).items, ...(await get("/apis", AGGREGATED)).items];
    const index = (await get("/openapi/v3")).paths;
    const documents = {};
    for (const groupVersion of GROUP_VERSIONS) {
      const { serverRelativeURL } = index[groupVersion === "v1" ? "api/v1" : `apis/${groupVersion}`];
      documents[groupVersion] = await get(serverRelativeURL);
    }
    const schemas = Object.assign({}, ...Object.values(documents).map((one) => one.components.schemas));
    const definitions = withoutProse(schemas);
    const kinds = kindsOf(definitions);
    const resources = resourcesOf(discovery, kinds);
    const paths = Object.fromEntries(
      Object.entries(documents).map(([groupVersion, one]) => [groupVersion, pathFacts(one)]),
    );
    return { resources, returnDeleted: returnDeletedOf(documents), definitions, kinds, paths };
  } finally {
    await server.stop();
  }
};

const getJson = (endpoint, path, accept = "application/json") =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${endpoint.token}`, accept };
    https
      .get(`${endpoint.server}${path}`, { ca: endpoint.ca, headers }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${path}: ${response.statusCode} ${text}`));
        });
      })
      .on("error", reject);
  });

/** Sorted by name; a `description` that is a text is prose, one that is an object is a property of that name. */
const withoutProse = (value) => {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, one]) => key !== "description" || typeof one !== "string")
      .map(([key, one]) => [key, withoutProse(one)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
};

const groupVersionOf = (group, version) => (group === "" ? version : `${group}/${version}`);

/** Definition of each kind, by group version. */
const kindsOf = (definitions) => {
  const kinds = Object.fromEntries(GROUP_VERSIONS.map((one) => [one, {}]));
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of definition["x-kubernetes-group-version-kind"] ?? []) {
      const byKind = kinds[groupVersionOf(group, version)];
      if (byKind !== undefined) byKind[kind] = name;
    }
  }
  return kinds;
};

const resourcesOf = (discovery, kinds) =>
  discovery.flatMap(({ metadata: { name: group = "" }, versions }) =>
    versions.flatMap(({ version, resources }) =>
      GROUP_VERSIONS.includes(groupVersionOf(group, version))
        ? resources
            .filter(({ resource }) => !LEFT_OUT.has(resource))
            .map((one) => resourceOf(group, version, one, kinds[groupVersionOf(group, version)]))
        : [],
    ),
  );

const resourceOf = (group, version, one, kinds) => {
  const kind = one.responseKind.kind;
  return {
    group,
    version,
    kind,
    listKind: kinds[`${kind}List`] === undefined ? "" : `${kind}List`,
    resource: one.resource,
    singular: one.singularResource,
    shortNames: one.shortNames ?? [],
    categories: one.categories ?? [],
    namespaced: one.scope === "Namespaced",
    verbs: one.verbs,
    subresources: (one.subresources ?? []).map(({ subresource, responseKind, verbs }) => ({
      name: subresource,
      // The server leaves both empty where they are the resource's own.
      group: responseKind.version === "" ? group : responseKind.group,
      version: responseKind.version === "" ? version : responseKind.version,
      kind: responseKind.kind,
      verbs,
    })),
  };
};

/** Kinds whose deletion is answered with the object instead of a Status, as `apps/v1 Deployment`. */
const returnDeletedOf = (documents) =>
  Object.values(documents)
    .flatMap(({ paths }) => Object.values(paths).map((item) => item.delete))
    .filter((operation) => operation?.["x-kubernetes-action"] === "delete")
    .filter((operation) => !refOf(operation.responses["200"].content).endsWith(".meta.v1.Status"))
    .map(kindOf)
    .sort();

/** Per path and method, in one line: action, kind, parameters, body and answer. For tests of documents that are made here. */
const pathFacts = ({ paths }) =>
  Object.fromEntries(
    Object.entries(paths)
      .filter(([path]) => !/\/watch\//.test(path))
      .map(([path, item]) => [path, itemFacts(item)]),
  );

const itemFacts = ({ parameters = [], ...operations }) =>
  Object.fromEntries(
    Object.entries(operations).map(([method, operation]) => [method, operationFacts(operation, parameters)]),
  );

const operationFacts = (operation, shared) => {
  const parameters = [...shared, ...(operation.parameters ?? [])].map((one) => `${one.in}:${one.name}`).sort();
  const refOf = (content) =>
    Object.values(content ?? {})[0]
      ?.schema?.$ref?.split("/")
      .pop() ?? "-";
  return [
    operation.operationId,
    operation["x-kubernetes-action"] ?? "-",
    kindOf(operation),
    `body ${refOf(operation.requestBody?.content)}`,
    `answer ${refOf(operation.responses["200"]?.content)}`,
    parameters.join(","),
  ].join(" | ");
};

const kindOf = (operation) => {
  const { group, version, kind } = operation["x-kubernetes-group-version-kind"] ?? {};
  return kind === undefined ? "-" : `${groupVersionOf(group, version)} ${kind}`;
};

const refOf = (content) =>
  Object.values(content ?? {})[0]
    ?.schema?.$ref?.split("/")
    .pop() ?? "-";
