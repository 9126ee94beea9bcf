import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { dockerFailed, statusOf } from "./docker-error.ts";

/** Pulls an image unless the host's Docker has it. `E_IMAGE` when it cannot be had. */
export const pullIfMissing = async (docker: Docker, image: string): Promise<void> => {
  try {
    await docker.getImage(image).inspect();
    return;
  } catch (error) {
    if (statusOf(error) !== 404) throw dockerFailed(`Docker could not be asked for image ${image}`, error);
  }
  try {
    await pull(docker, image);
  } catch (error) {
    throw new ChoreoError("E_IMAGE", `Image ${image} is not in the local Docker and could not be pulled`, {
      why: messageOf(error),
      fix: `docker pull ${image}, or load it: docker load -i FILE`,
      cause: error,
    });
  }
};

/** A pull that fails later than at its start ends its stream in peace and says so in a record. */
const pull = async (docker: Docker, image: string): Promise<void> => {
  const stream = (await docker.pull(image)) as Readable;
  for await (const line of createInterface({ input: stream })) {
    const { error } = JSON.parse(line) as { error?: string };
    if (error !== undefined) throw new Error(error);
  }
};
