import type Docker from "dockerode";
import { statusOf } from "../../../../docker/docker-error.ts";
import { pullIfMissing } from "../../../../docker/image-pull.ts";
import { isChoreoError, messageOf } from "../../../../lib/errors.ts";
import type { Container } from "../types.ts";
import type { DockerNode } from "./docker-node.ts";

/** An image that Docker has. */
export interface FoundImage {
  readonly kind: "image";
  readonly docker: Docker;
  readonly imageID: string;
  /** The signal that its program wants to be ended by. */
  readonly stopSignal: NodeJS.Signals;
}

/** Why there is no image: reason of the waiting state, and what to say. */
export interface MissingImage {
  readonly kind: "missing";
  readonly reason: "ErrImageNeverPull" | "ImagePullBackOff";
  readonly message: string;
}

/** The image of a container, pulled only where Docker lacks it; undefined where there is no Docker. */
export const resolveImage = async (
  { image = "", imagePullPolicy }: Container,
  node: DockerNode,
): Promise<FoundImage | MissingImage | undefined> => {
  const docker = await node.connect();
  if (docker === undefined) return undefined;
  try {
    if (imagePullPolicy !== "Never") await pullIfMissing(docker, image);
    const { Id, Config } = await docker.getImage(image).inspect();
    const { StopSignal } = Config as { StopSignal?: NodeJS.Signals };
    return { kind: "image", docker, imageID: `docker://${Id}`, stopSignal: StopSignal ?? "SIGTERM" };
  } catch (error) {
    if (imagePullPolicy === "Never" && statusOf(error) === 404) {
      const message = `Container image ${JSON.stringify(image)} is not present with pull policy of Never`;
      return { kind: "missing", reason: "ErrImageNeverPull", message };
    }
    return { kind: "missing", reason: "ImagePullBackOff", message: wordsOf(error) };
  }
};

const wordsOf = (error: unknown): string =>
  isChoreoError(error) && error.why !== undefined ? `${error.message}: ${error.why}` : messageOf(error);
