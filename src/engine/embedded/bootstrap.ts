import type { KubeClient } from "../../k8s/client.ts";
import { isConflict } from "../../k8s/errors.ts";
import { type BootstrapOptions, bootstrapObjects } from "./controllers/bootstrap.ts";
import { refOf } from "./controllers/owners.ts";

/** Makes what every API server makes for itself when it starts, where it is not there, and says where it is to be found now. */
export const bootstrap = async (client: KubeClient, options: BootstrapOptions): Promise<void> => {
  for (const object of bootstrapObjects(options))
    try {
      await client.create(object);
    } catch (error) {
      if (!isConflict(error)) throw error;
      // The port may be another one than in an earlier life.
      const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
      if (metadata.name === "kubernetes") await client.mergePatch(refOf(object), rest);
    }
};
