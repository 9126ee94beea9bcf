import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { dockerFailed, statusOf } from "./docker-error.ts";

export interface ImageBuild {
  /** Name with tag. */
  readonly image: string;
  /** Tar of the context. */
  readonly context: Readable;
  readonly dockerfile: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Lines of a failed build that are told. */
const LINES = 15;

/** Builds an image by the host's Docker, which keeps the layers of the build before. `E_BUILD` with its last lines. */
export const buildImage = async (docker: Docker, build: ImageBuild): Promise<void> => {
  const { image, context, dockerfile, labels, signal } = build;
  const stream = await docker
    .buildImage(context, { t: image, dockerfile, labels: { ...labels }, forcerm: true, abortSignal: signal })
    .catch((error: unknown) => {
      throw dockerFailed(`Docker does not build ${image}`, error, "correct its Dockerfile");
    });
  const lines: string[] = [];
  const failure = await records(stream as Readable, ({ stream: text, error }) => {
    if (text !== undefined) lines.push(...text.split("\n").filter((line) => line.trim() !== ""));
    return error;
  });
  if (failure === undefined) return;
  throw new ChoreoError("E_BUILD", `${image} was not built`, {
    why: failure,
    evidence: lines.slice(-LINES),
    fix: "correct its source or its Dockerfile; what runs was left as it is",
  });
};

/**
 * Removes images with all of these labels, or of those the ones that have lost their name. One after the other, the newest
 * first: Docker fails when two that share layers go at once. One that something still needs stays.
 */
export const removeImages = async (
  docker: Docker,
  labels: readonly string[],
  { nameless = false }: { readonly nameless?: boolean } = {},
): Promise<void> => {
  const filters = { label: [...labels], ...(nameless && { dangling: ["true"] }) };
  const images = await docker.listImages({ filters });
  for (const { Id } of images.toSorted((a, b) => b.Created - a.Created))
    await docker
      .getImage(Id)
      .remove({ force: true })
      .catch((error: unknown) => {
        if (![404, 409].includes(statusOf(error) ?? 0)) throw dockerFailed(`Image ${Id} could not be removed`, error);
      });
};

/** Sends an image to the registry of its name, only the layers that it lacks. Returns the manifest's digest. */
export const pushImage = async (docker: Docker, image: string, signal: AbortSignal): Promise<string> => {
  let digest = "";
  const stream = await docker
    .getImage(image)
    .push({ authconfig: { username: "", password: "", serveraddress: "" }, abortSignal: signal })
    .catch((error: unknown) => {
      throw dockerFailed(`Docker does not push ${image}`, error);
    });
  const failure = await records(stream as Readable, ({ aux, error }) => {
    if (aux?.Digest !== undefined) digest = aux.Digest;
    return error;
  });
  if (failure === undefined && digest !== "") return digest;
  throw new ChoreoError("E_IMAGE", `${image} could not be sent to the platform's registry`, {
    why: failure ?? "Docker named no digest",
    fix: "choreo-dev doctor",
  });
};

interface BuildRecord {
  readonly stream?: string;
  readonly error?: string;
  readonly aux?: { readonly Digest?: string };
}

/** Docker answers 200 and says in a record of the stream that it failed. */
const records = async (
  stream: Readable,
  take: (record: BuildRecord) => string | undefined,
): Promise<string | undefined> => {
  let failure: string | undefined;
  try {
    for await (const line of createInterface({ input: stream }))
      if (line.trim() !== "") failure = take(JSON.parse(line) as BuildRecord) ?? failure;
  } catch (error) {
    failure ??= messageOf(error);
  }
  return failure;
};
