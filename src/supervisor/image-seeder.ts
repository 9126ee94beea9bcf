import { connectDocker } from "../docker/client.ts";
import { createRegistryClient } from "../docker/registry-client.ts";
import { REGISTRY_HOST } from "../docker/registry.ts";
import { seedImage } from "../docker/seed.ts";
import { parseImage } from "../docker/image-name.ts";
import type { SupervisorSettings } from "../planes/supervisor-process.ts";
import type { Log } from "./controller.ts";

/**
 * Makes an image of the host's Docker available to all planes by the platform's registry before a workload names it. An
 * image that the host lacks is left to the nodes, which pull it from where its name says.
 */
export const createImageSeeder = (settings: SupervisorSettings, log: Log): ((image: string) => Promise<void>) => {
  const { registry } = settings;
  if (registry === undefined) return () => Promise.resolve();
  const client = createRegistryClient(registry.hostPort);
  const running = new Map<string, Promise<void>>();
  const seed = async (image: string): Promise<void> => {
    const { docker } = await connectDocker({
      ...process.env,
      DOCKER_HOST: settings.dockerHost ?? process.env["DOCKER_HOST"],
    });
    const began = performance.now();
    const { local, movedBytes } = await seedImage(docker, client, image);
    if (local && movedBytes > 0)
      log(
        "info",
        `${image}: ${Math.round(movedBytes / 1e6)} MB to the registry in ${Math.round(performance.now() - began)} ms`,
      );
  };
  return (image) => {
    // Images that a build pushed are there already.
    if (parseImage(image).host === REGISTRY_HOST) return Promise.resolve();
    const shared = running.get(image) ?? seed(image).finally(() => running.delete(image));
    running.set(image, shared);
    return shared;
  };
};
