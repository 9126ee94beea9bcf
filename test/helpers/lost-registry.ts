import os from "node:os";
import { docker } from "./docker.ts";
import { untilTrue } from "./until.ts";

/**
 * Kills a platform's registry while an image is pushed to it: it is made slow, and killed when the first layer is on its way.
 * Returns what starts it again, as fast as it was.
 */
export const killRegistryInPush = async (platform: string): Promise<() => Promise<void>> => {
  const name = `${platform}-registry`;
  const since = new Date().toISOString();
  await docker("update", "--cpus", "0.05", name);
  await untilTrue("the push", async () =>
    // The layer with the source went there before.
    /"POST \/v2\/(?!sources\/)\S+\/blobs\/uploads\//.test(await docker("logs", "--since", since, name))
      ? true
      : undefined,
  );
  await docker("kill", name);
  return async () => {
    await docker("update", "--cpus", String(os.cpus().length), name);
    await docker("start", name);
  };
};
