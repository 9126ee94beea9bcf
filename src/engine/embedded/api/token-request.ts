import { schemaOf } from "../model/schemas.ts";
import { decodeBody, typedObject } from "./body.ts";
import type { Call, Core } from "./core.ts";
import { timestamp } from "./metadata.ts";
import { writeOptions } from "./query.ts";
import { findEntry } from "./read.ts";
import { type ApiAnswer, jsonAnswer } from "./request.ts";
import type { ResourceType } from "./resource-type.ts";
import { badRequest, invalid } from "./status.ts";
import { objectOf } from "./stored.ts";
import { trackChange } from "./track.ts";

const SHORTEST_S = 600;
const USUAL_S = 3600;

/** `serviceaccounts/NAME/token`: a token of the account for a while. */
export const requestToken = async (core: Core, call: Call): Promise<ApiAnswer> => {
  const { value } = await decodeBody(call.request, "TokenRequest");
  const request = typedObject(value);
  if (request === undefined) throw badRequest("the body is no TokenRequest");
  const spec = (request["spec"] ?? {}) as {
    audiences?: string[];
    expirationSeconds?: number;
    boundObjectRef?: { kind?: string; name?: string; uid?: string };
  };
  const { audiences = [core.tokens.issuer], expirationSeconds = USUAL_S, boundObjectRef } = spec;
  const account = objectOf(findEntry(core, call));
  if (expirationSeconds < SHORTEST_S)
    throw invalid(TOKEN_REQUEST, "", [
      {
        reason: "FieldValueInvalid",
        message: `Invalid value: ${expirationSeconds}: may not specify a duration less than 10 minutes`,
        field: "spec.expirationSeconds",
      },
    ]);
  const issuedAt = Math.floor(core.clock.now() / 1000);
  const expiresAt = issuedAt + expirationSeconds;
  const { name, namespace = "", uid = "" } = account.metadata;
  const pod =
    boundObjectRef?.kind === "Pod" ? { name: boundObjectRef.name ?? "", uid: boundObjectRef.uid ?? "" } : undefined;
  const token = core.tokens.issue({
    namespace,
    serviceAccount: { name, uid },
    ...(pod === undefined ? {} : { pod }),
    audiences,
    issuedAt,
    expiresAt,
  });
  const expirationTimestamp = timestamp({ ...core.clock, now: () => expiresAt * 1000 });
  return jsonAnswer(
    {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: {
        name,
        namespace,
        uid,
        creationTimestamp: timestamp(core.clock),
        managedFields: ownersOf(core, call, { ...spec, expirationSeconds }),
      },
      spec: { audiences, expirationSeconds, boundObjectRef: boundObjectRef ?? null },
      status: { token, expirationTimestamp },
    },
    201,
  );
};

/** What a TokenRequest is, as a resource of its own. */
const TOKEN_REQUEST: ResourceType = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  listKind: "",
  resource: "tokenrequests",
  singular: "",
  shortNames: [],
  categories: [],
  namespaced: true,
  verbs: ["create"],
  get schema() {
    return schemaOf("authentication.k8s.io", "v1", "TokenRequest");
  },
  custom: false,
  subresources: [],
  columns: [],
};

/** Who asked for what, as every answer to a write tells it. */
const ownersOf = (core: Core, { request }: Call, spec: object): ReturnType<typeof trackChange> =>
  trackChange({
    core,
    type: TOKEN_REQUEST,
    before: undefined,
    after: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata: { name: "" }, spec },
    given: undefined,
    options: writeOptions(request.query, request.headers["user-agent"], "CreateOptions"),
    subresource: "token",
  });
