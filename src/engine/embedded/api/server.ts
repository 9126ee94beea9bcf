import { isBuiltinGroup } from "../model/types.ts";
import { effectiveUser } from "../auth/impersonate.ts";
import { type Attributes } from "../auth/rbac.ts";
import { authorize } from "../auth/authorize.ts";
import { answerReview } from "../auth/reviews.ts";
import { openapiDocument, openapiIndex } from "../model/openapi.ts";
import { accepted } from "./accept.ts";
import type { Call, Core } from "./core.ts";
import { answerDiscovery } from "./discovery.ts";
import { bindNamedPod, bindPod, evictPod, podLog } from "./pod-subresources.ts";
import { patchObject } from "./patch-object.ts";
import { type ResourcePath, pathParts, resourcePath } from "./path.ts";
import { isTrue } from "./query.ts";
import { getObject, listObjects } from "./read.ts";
import { deleteCollection, deleteObject } from "./remove.ts";
import { type ApiAnswer, type ApiRequest, jsonAnswer, textAnswer } from "./request.ts";
import type { ResourceType } from "./resource-type.ts";
import { answerScale } from "./scale.ts";
import { StatusError, unknownResource } from "./status.ts";
import { requestToken } from "./token-request.ts";
import { VERSION } from "./version.ts";
import { watchObjects } from "./watch.ts";
import { createObject, updateObject } from "./write.ts";

export type Handler = (request: ApiRequest) => Promise<ApiAnswer>;

/** The whole API as one function: authorization, routing, refusals as Status bodies. */
export const createHandler =
  (core: Core): Handler =>
  async (request) => {
    try {
      const user = effectiveUser(core, request);
      return await answer(core, user === request.user ? request : { ...request, user });
    } catch (error) {
      // What fails because nobody waits for it any more is nobody's news.
      if (!(error instanceof StatusError) && !request.signal.aborted)
        core.onInternalError(error, `${request.method} ${request.path}`);
      // What a write was refused for may still be on its way to the disk. A client that is told of a conflict reads and
      // tries again: it has to find what it is in conflict with, else one in this process tries for ever.
      if (error instanceof StatusError && request.method !== "GET") await core.store.settled();
      return refusal(error);
    }
  };

export const refusal = (error: unknown): ApiAnswer => {
  const { status } = error instanceof StatusError ? error : internal(error);
  const { retryAfterSeconds } = status.details ?? {};
  return jsonAnswer(
    status,
    status.code,
    retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) },
  );
};

const internal = (error: unknown): StatusError => {
  const words = error instanceof Error ? error.message : String(error);
  return new StatusError("InternalError", `Internal error occurred: ${words}`, { causes: [{ message: words }] });
};

const NOT_FOUND = (): ApiAnswer => textAnswer("404 page not found\n", 404);

const answer = async (core: Core, request: ApiRequest): Promise<ApiAnswer> => {
  const parts = pathParts(request.path);
  if (parts === undefined) {
    if (request.path.startsWith("/api")) throw unknownResource();
    return NOT_FOUND();
  }
  const path = resourcePath(parts);
  if (path === undefined) return answerPath(core, request, parts);
  const type = core.registry.find(path.group, path.version, path.resource);
  if (type === undefined) {
    authorize(core, request.user, { ...attributesOf(path), verb: verbOf(request, path) });
    // The groups of definitions have a server of their own in Kubernetes, which answers in other words.
    if (isBuiltinGroup(path.group)) throw unknownResource();
    return NOT_FOUND();
  }
  const verb = verbOf(request, path);
  authorize(core, request.user, { ...attributesOf(path), verb });
  const call: Call = {
    request,
    type,
    namespace: path.namespace,
    name: path.name,
    accepted: accepted(request.headers["accept"]),
  };
  if (type.namespaced && path.namespace === undefined && (path.name !== undefined || request.method === "POST")) {
    if (path.name !== undefined) throw unknownResource();
    throw methodNotAllowed();
  }
  if (!type.namespaced && path.namespace !== undefined) throw unknownResource();
  return path.subresource === undefined
    ? answerResource(core, call, verb)
    : answerSubresource(core, call, path.subresource);
};

const attributesOf = ({ group, resource, subresource, namespace, name }: ResourcePath): Omit<Attributes, "verb"> => ({
  group,
  resource,
  subresource,
  namespace,
  name,
});

const verbOf = ({ method, query }: ApiRequest, { name, watch, subresource }: ResourcePath): string => {
  if (method === "GET" || method === "HEAD") {
    if (subresource !== undefined) return "get";
    if (watch || isTrue(query.get("watch"))) return "watch";
    return name === undefined ? "list" : "get";
  }
  if (method === "DELETE") return name === undefined ? "deletecollection" : "delete";
  return { POST: "create", PUT: "update", PATCH: "patch" }[method] ?? method.toLowerCase();
};

const answerResource = (core: Core, call: Call, verb: string): ApiAnswer | Promise<ApiAnswer> => {
  const { type, name } = call;
  if (type.verbs.length === 1 && type.verbs[0] === "create" && verb === "create")
    return type.resource === "bindings" ? bindNamedPod(core, call) : answerReview(core, call);
  if (!type.verbs.includes(verb)) throw methodNotAllowed();
  switch (verb) {
    case "get":
      return getObject(core, call);
    case "list":
      return listObjects(core, call);
    case "watch":
      return watchObjects(core, call);
    case "delete":
      return deleteObject(core, call);
    case "deletecollection":
      return deleteCollection(core, call);
    case "create":
      if (name !== undefined) throw methodNotAllowed();
      return createObject(core, call);
    default:
      if (name === undefined) throw methodNotAllowed();
      return verb === "update" ? updateObject(core, call) : patchObject(core, call);
  }
};

type SubresourceAnswer = (core: Core, call: Call) => ApiAnswer | Promise<ApiAnswer>;

/** Subresources with a story of their own; the others are views of the object: `status`, `finalize`, `approval`. */
const SUBRESOURCES: Readonly<Record<string, SubresourceAnswer>> = {
  "pods/log": podLog,
  "pods/binding": bindPod,
  "pods/eviction": evictPod,
  "serviceaccounts/token": requestToken,
};

const answerSubresource = (core: Core, call: Call, subresource: string): ApiAnswer | Promise<ApiAnswer> => {
  const { type, request } = call;
  const known = type.subresources.find(({ name }) => name === subresource);
  if (known === undefined) throw unknownResource();
  const special = SUBRESOURCES[`${type.resource}/${subresource}`];
  if (special !== undefined && type.group === "") return special(core, call);
  if (subresource === "scale") return answerScale(core, call);
  if (request.method === "GET" && known.verbs.includes("get")) return getObject(core, call);
  if (request.method === "PUT") return updateObject(core, call, subresource);
  if (request.method === "PATCH" && known.verbs.includes("patch")) return patchObject(core, call, subresource);
  throw methodNotAllowed();
};

const methodNotAllowed = (): StatusError =>
  new StatusError("MethodNotAllowed", "the server does not allow this method on the requested resource", {});

const HEALTH = ["healthz", "livez", "readyz"];

const answerPath = (core: Core, request: ApiRequest, parts: readonly string[]): ApiAnswer => {
  authorize(core, request.user, {
    verb: request.method.toLowerCase(),
    group: "",
    resource: "",
    subresource: undefined,
    namespace: undefined,
    name: undefined,
    path: request.path,
  });
  const [first = "", ...rest] = parts;
  if (HEALTH.includes(first)) return health(first, rest, request);
  if (first === "version") return jsonAnswer(VERSION);
  if (first === "openapi" && rest.join("/") === "v2") return openapiV2(request);
  if (first === "openapi" && rest[0] === "v3") return answerOpenapi(core, rest.slice(1), request);
  if (first === "openid" && rest.join("/") === "v1/jwks")
    return jsonAnswer(core.tokens.keys(), 200, { "content-type": "application/jwk-set+json" });
  if (parts.length === 0) return jsonAnswer({ paths: rootPaths(core.registry.all()) });
  return answerDiscovery(core.registry, parts, request.headers["accept"]) ?? NOT_FOUND();
};

const health = (what: string, rest: readonly string[], { query }: ApiRequest): ApiAnswer => {
  if (rest.length > 1) return NOT_FOUND();
  return textAnswer(query.has("verbose") ? `[+]ping ok\n[+]log ok\n[+]store ok\n${what} check passed\n` : "ok");
};

const answerOpenapi = (core: Core, parts: readonly string[], request: ApiRequest): ApiAnswer => {
  const { registry } = core;
  if (parts.length === 0) return jsonAnswer(openapiIndex(registry.all()));
  const [root, ...rest] = parts;
  const [group = "", version = ""] = root === "api" ? ["", rest[0]] : rest;
  if (!registry.hasGroupVersion(group, version)) return NOT_FOUND();
  const { document, etag } = openapiDocument(group, version, registry.all());
  if (request.headers["if-none-match"] === `"${etag}"`)
    return { status: 304, headers: { etag: `"${etag}"` }, body: "" };
  return jsonAnswer(document, 200, { etag: `"${etag}"`, vary: "Accept" });
};

/** Version 2 has nothing in it: version 3 is complete, and only programs that do not know it ask for this one. */
const openapiV2 = ({ headers }: ApiRequest): ApiAnswer => {
  const protobuf = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
  if ((headers["accept"] ?? "").includes(protobuf))
    // Field 1, `swagger`.
    return { status: 200, headers: { "content-type": protobuf.replace("@", ".") }, body: Buffer.from("\n\u00032.0") };
  return jsonAnswer({ swagger: "2.0", info: { title: "Kubernetes", version: VERSION.gitVersion }, paths: {} });
};

const rootPaths = (types: readonly ResourceType[]): string[] => {
  const groups = new Set(
    types
      .filter(({ group }) => group !== "")
      .flatMap(({ group, version }) => [`/apis/${group}`, `/apis/${group}/${version}`]),
  );
  return [
    "/api",
    "/api/v1",
    "/apis",
    ...[...groups].sort(),
    "/healthz",
    "/livez",
    "/openapi/v3",
    "/openid/v1/jwks",
    "/readyz",
    "/version",
  ];
};
