import type { AnyObject } from "../../../k8s/types.ts";
import { timestamp } from "../api/metadata.ts";
import { decodeBody, typedObject } from "../api/body.ts";
import type { Call, Core } from "../api/core.ts";
import { writeOptions } from "../api/query.ts";
import { type ApiAnswer, type User, jsonAnswer } from "../api/request.ts";
import { badRequest } from "../api/status.ts";
import { trackChange } from "../api/track.ts";
import { type Attributes, isAllowed, rulesFor } from "./rbac.ts";
import { serviceAccountUser } from "./users.ts";

/** Resources that are questions: a POST is answered at once, nothing is stored. */
const REVIEWS: Readonly<Record<string, (core: Core, call: Call, review: Review) => object>> = {
  selfsubjectaccessreviews: (core, { request }, { spec }) => accessStatus(core, request.user, spec),
  subjectaccessreviews: (core, _call, { spec }) => accessStatus(core, userOf(spec), spec),
  localsubjectaccessreviews: (core, _call, { spec }) => accessStatus(core, userOf(spec), spec),
  selfsubjectrulesreviews: (core, { request }, { spec }) => rulesStatus(core, request.user, spec.namespace),
  selfsubjectreviews: (_core, { request }) => ({ userInfo: userInfo(request.user) }),
  tokenreviews: (core, _call, { spec }) => tokenStatus(core, spec.token ?? ""),
};

interface ReviewSpec {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly namespace?: string;
  readonly token?: string;
  readonly resourceAttributes?: {
    readonly verb?: string;
    readonly group?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly nonResourceAttributes?: { readonly verb?: string; readonly path?: string };
}

interface Review extends AnyObject {
  readonly spec: ReviewSpec;
}

export const answerReview = async (core: Core, call: Call): Promise<ApiAnswer> => {
  const { type, request } = call;
  const { value } = await decodeBody(request, type.kind);
  const object = typedObject(value);
  const answer = REVIEWS[type.resource];
  if (object === undefined || answer === undefined) throw badRequest(`the body is no ${type.kind}`);
  const review = { ...object, spec: (object["spec"] ?? {}) as ReviewSpec } as Review;
  const options = writeOptions(request.query, request.headers["user-agent"], "CreateOptions");
  const tracked = { core, type, before: undefined, after: review, given: undefined, options, subresource: undefined };
  const managedFields = trackChange(tracked);
  const metadata = {
    ...object.metadata,
    ...(type.resource === "selfsubjectreviews" ? { creationTimestamp: timestamp(core.clock) } : {}),
    ...(managedFields === undefined ? {} : { managedFields }),
  };
  return jsonAnswer({ ...review, metadata, status: answer(core, call, review) }, 201);
};

const accessStatus = ({ store }: Core, user: User, spec: ReviewSpec): object => {
  const allowed = isAllowed(store, user, attributesOf(spec));
  return { allowed };
};

const attributesOf = ({ resourceAttributes, nonResourceAttributes }: ReviewSpec): Attributes => {
  const { verb = "", group = "", resource = "", subresource, namespace, name } = resourceAttributes ?? {};
  const empty = { group: "", resource: "", subresource: undefined, namespace: undefined, name: undefined };
  if (nonResourceAttributes !== undefined)
    return { ...empty, verb: nonResourceAttributes.verb ?? "", path: nonResourceAttributes.path ?? "" };
  const given = (text: string | undefined): string | undefined => (text === "" ? undefined : text);
  return { verb, group, resource, subresource: given(subresource), namespace: given(namespace), name: given(name) };
};

const userOf = ({ user = "", groups = [], uid }: ReviewSpec): User => ({
  name: user,
  groups,
  ...(uid === undefined ? {} : { uid }),
});

const userInfo = ({ name, uid, groups, extra }: User): object => ({
  username: name,
  ...(uid === undefined ? {} : { uid }),
  groups,
  ...(extra === undefined ? {} : { extra }),
});

const rulesStatus = ({ store }: Core, user: User, namespace: string | undefined): object => {
  const all = user.groups.includes("system:masters")
    ? [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }]
    : rulesFor(store, user, namespace);
  return {
    resourceRules: all.filter(({ resources }) => resources !== undefined),
    nonResourceRules: [],
    incomplete: false,
  };
};

const tokenStatus = ({ tokens, clock }: Core, token: string): object => {
  const claims = tokens.read(token, clock.now());
  if (claims === undefined) return { user: {}, error: "invalid bearer token" };
  const { namespace, serviceAccount, audiences } = claims;
  return {
    authenticated: true,
    user: userInfo(serviceAccountUser(namespace, serviceAccount.name, serviceAccount.uid)),
    audiences,
  };
};
