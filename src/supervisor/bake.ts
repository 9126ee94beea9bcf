import { connectDocker } from "../docker/client.ts";
import { bakeImage } from "../engine/kind/baked-image.ts";
import { systemClock } from "../lib/clock.ts";
import { messageOf } from "../lib/errors.ts";
import { LABELS } from "../planes/identity.ts";
import { isLocked } from "../state/lock.ts";
import type { SupervisorSettings } from "../planes/supervisor-process.ts";
import type { Log } from "./controller.ts";

/** The user's first minutes with a platform are theirs. */
const PAUSE_MS = 30_000;

/** Makes the node image that carries the platform's images, once per machine, so that the next cluster boots faster. */
export const bakeLater = (
  settings: SupervisorSettings,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Log },
): void => {
  const { platform, platformId, bake, dockerHost } = settings;
  if (bake === undefined) return;
  const work = async (): Promise<void> => {
    do await systemClock.sleep(PAUSE_MS, signal);
    while (await isLocked(bake.lock));
    const { docker } = await connectDocker({ ...process.env, DOCKER_HOST: dockerHost ?? process.env["DOCKER_HOST"] });
    const labels = { [LABELS.platform]: platform, [LABELS.id]: platformId };
    const tag = await bakeImage({ docker, ...bake }, { labels, signal });
    if (tag !== undefined) log("info", `node image ${tag} is ready for the next cluster`);
  };
  work().catch((error: unknown) => {
    if (!signal.aborted) log("warn", `no node image for the next cluster: ${messageOf(error)}`);
  });
};
