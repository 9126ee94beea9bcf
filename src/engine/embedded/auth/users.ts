import type { User } from "../api/request.ts";

export const ALL_MIGHTY = "system:masters";
export const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/** Whoever works inside this process for the platform itself. */
export const SYSTEM: User = { name: "system:apiserver", groups: [ALL_MIGHTY, "system:authenticated"] };

export const authenticated = (name: string, groups: readonly string[] = [], uid?: string): User => ({
  name,
  ...(uid === undefined ? {} : { uid }),
  groups: [...groups, "system:authenticated"],
});

export const serviceAccountUser = (namespace: string, name: string, uid: string): User =>
  authenticated(
    `system:serviceaccount:${namespace}:${name}`,
    ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
    uid,
  );
