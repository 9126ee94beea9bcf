import type { CallOptions, KubeClient } from "../k8s/client.ts";
import type { TypeRef } from "../k8s/types.ts";

/** Computed when they are asked for, or the same as another kind. */
const LEFT_OUT = new Set(["v1/ComponentStatus", "events.k8s.io/v1/Event"]);

interface Groups {
  readonly groups?: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
}

interface Resources {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly verbs?: readonly string[] }[];
}

/** Every kind that an API server can list, each in its preferred version. */
export const listableKinds = async (client: KubeClient, options: CallOptions): Promise<TypeRef[]> => {
  const read = async <T>(path: string): Promise<T> => JSON.parse((await client.raw(path, options)).body) as T;
  const { groups = [] } = await read<Groups>("/apis");
  const versions = ["v1", ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const kinds = await Promise.all(
    versions.map(async (apiVersion) => {
      // A group whose server is down must not cost the kinds of all others.
      const { resources = [] } = await read<Resources>(rootOf(apiVersion)).catch((): Resources => ({}));
      return resources
        .filter(({ name, verbs = [] }) => !name.includes("/") && verbs.includes("list"))
        .map(({ kind }): TypeRef => ({ apiVersion, kind }))
        .filter(({ kind }) => !LEFT_OUT.has(`${apiVersion}/${kind}`));
    }),
  );
  return kinds.flat();
};

const rootOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
