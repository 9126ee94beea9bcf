import type { ApiRequest, User } from "../api/request.ts";
import type { Core } from "../api/core.ts";
import { authorize } from "./authorize.ts";
import { authenticated } from "./users.ts";

/** Who a request is made as: its sender, or whom the sender may pretend to be (`kubectl --as`). 403 where that is not allowed. */
export const effectiveUser = (core: Core, { user, headers }: ApiRequest): User => {
  const name = headers["impersonate-user"];
  if (name === undefined || name === "") return user;
  const groups = (headers["impersonate-group"] ?? "").split(", ").filter(Boolean);
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
  const wanted = { verb: "impersonate", group: "", subresource: undefined };
  if (account === undefined) authorize(core, user, { ...wanted, resource: "users", namespace: undefined, name });
  else authorize(core, user, { ...wanted, resource: "serviceaccounts", namespace, name: account });
  for (const group of groups)
    authorize(core, user, { ...wanted, resource: "groups", namespace: undefined, name: group });
  if (account === undefined || namespace === undefined) return authenticated(name, groups);
  // Without named groups a service account is in its own.
  const own = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  return authenticated(name, groups.length === 0 ? own : groups);
};
