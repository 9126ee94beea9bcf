import type { KubeClient } from "../../../k8s/client.ts";
import { startInformer } from "../../../k8s/informer.ts";
import { untilKnown } from "../known-kinds.ts";
import { HTTP_ROUTE, type HttpRoute, keyOf } from "./gateway/kinds.ts";

/** Tells the hostnames of the routes of one Gateway whenever they change; those with a wildcard are left out. */
export const watchRouteNames = async (
  client: KubeClient,
  {
    gateway,
    signal,
    onChange,
  }: {
    /** `namespace/name`. */
    readonly gateway: string;
    readonly signal: AbortSignal;
    readonly onChange: (names: readonly string[]) => void;
  },
): Promise<void> => {
  await untilKnown(client, [HTTP_ROUTE], signal);
  const names = new Map<string, readonly string[]>();
  const tell = (): void => onChange([...new Set([...names.values()].flat())].toSorted());
  const informer = startInformer(client, HTTP_ROUTE, {
    signal,
    onChange: (before, after) => {
      const route = (after ?? before) as unknown as HttpRoute;
      if (after !== undefined && belongsTo(route, gateway))
        names.set(
          keyOf(after),
          (route.spec.hostnames ?? []).filter((name) => !name.startsWith("*")),
        );
      else if (before !== undefined) names.delete(keyOf(before));
      tell();
    },
  });
  await informer.synced;
};

const belongsTo = ({ metadata, spec }: HttpRoute, gateway: string): boolean =>
  (spec.parentRefs ?? []).some(({ namespace = metadata.namespace ?? "", name }) => `${namespace}/${name}` === gateway);
