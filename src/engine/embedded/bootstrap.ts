import type { KubeClient } from "../../k8s/client.ts";
import { isConflict } from "../../k8s/errors.ts";
import { type BootstrapOptions, bootstrapObjects } from "./controllers/bootstrap.ts";

/** Makes what every API server makes for itself when it starts, where it is not there. */
export const bootstrap = async (client: KubeClient, options: BootstrapOptions): Promise<void> => {
  for (const object of bootstrapObjects(options))
    await client.create(object).catch((error: unknown) => {
      if (!isConflict(error)) throw error;
    });
};
