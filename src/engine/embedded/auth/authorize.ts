import type { Core } from "../api/core.ts";
import type { User } from "../api/request.ts";
import { StatusError } from "../api/status.ts";
import { type Attributes, isAllowed } from "./rbac.ts";

/** Lets the request through or ends it with Kubernetes' 403. */
export const authorize = ({ store }: Pick<Core, "store">, user: User, wanted: Attributes): void => {
  if (isAllowed(store, user, wanted)) return;
  const { path, verb, group, resource, subresource, namespace, name = "" } = wanted;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (path !== undefined) throw new StatusError("Forbidden", `forbidden: ${who} path ${JSON.stringify(path)}`, {});
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  const qualified = group === "" ? resource : `${resource}.${group}`;
  throw new StatusError(
    "Forbidden",
    `${qualified}${name === "" ? "" : ` ${JSON.stringify(name)}`} is forbidden: ${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`,
    { ...(name === "" ? {} : { name }), ...(group === "" ? {} : { group }), kind: resource },
  );
};
