import type { World } from "./world.ts";

/** How often the first container of a component's pod was started again. */
export const restartsOf = async (world: World, component: string, pod: string): Promise<number> => {
  const pods = await world.list(world.name, { apiVersion: "v1", kind: "Pod" }, `component-name=${component}`);
  const { containerStatuses } = (pods.find(({ metadata }) => metadata.name === pod)?.["status"] ?? {}) as {
    containerStatuses?: readonly { readonly restartCount: number }[];
  };
  return containerStatuses?.[0]?.restartCount ?? 0;
};
