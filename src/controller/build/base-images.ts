import type { AnyObject } from "../../k8s/types.ts";
import { messageOf } from "../../lib/errors.ts";
import type { GitCredentials } from "../../source/git-login.ts";
import { neededImages } from "../../source/needed-images.ts";
import { lookAtRepository } from "../../source/remote-files.ts";
import { planeCall } from "../deployment/planes.ts";
import type { ReconcileContext } from "../reconciler.ts";
import { type BuildInput, hasGitAuth } from "./inputs.ts";
import { stepVariables } from "./variables.ts";

/** Annotation of a Build: images that it builds on, separated by commas, by a client that has read its Dockerfile. */
export const BASE_IMAGES = "core.choreo.dev/base-images";

/** A repository that is slower than this is not waited for: the build may find its images by itself. */
const PATIENCE_MS = 20_000;

/** Brings the images that the Dockerfile begins with to where the build looks first; each is best effort. */
export const supplyBaseImages = async (input: BuildInput, context: ReconcileContext): Promise<void> => {
  const images = [...(await imagesOf(input, context)), ...(await imagesOfTemplate(input, context))];
  await Promise.all(images.map((image) => context.settings.ensureImage(image).catch(() => undefined)));
};

/** Images that the steps of a workflow of the user's own run. */
const imagesOfTemplate = async (
  { build, plane, namespace }: BuildInput,
  context: ReconcileContext,
): Promise<string[]> => {
  const name = build.spec.buildConfiguration.workflowTemplate?.name;
  if (name === undefined) return [];
  const ref = { apiVersion: "argoproj.io/v1alpha1", kind: "WorkflowTemplate", name, namespace };
  const found = await context.planes.of(plane).get(ref, planeCall(context));
  const { templates = [] } = (found?.["spec"] ?? {}) as {
    templates?: readonly { readonly container?: { image?: string }; readonly script?: { image?: string } }[];
  };
  return templates.flatMap(({ container, script }) => container?.image ?? script?.image ?? []);
};

const imagesOf = async (input: BuildInput, context: ReconcileContext): Promise<readonly string[]> => {
  const { build, component } = input;
  const listed = build.metadata.annotations?.[BASE_IMAGES];
  if (listed !== undefined) return listed.split(",").filter((image) => image !== "");
  const url = component.spec.source?.gitRepository?.url;
  if (url === undefined || build.spec.source?.artifact !== undefined) return [];
  const told = new Map(stepVariables(input));
  const { buildConfiguration, buildEnvironment, branch, gitRevision } = build.spec;
  try {
    const source = {
      url,
      ref: gitRevision ?? branch ?? "HEAD",
      credentials: hasGitAuth(input) ? await credentialsOf(input, context) : {},
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE_MS)]),
    };
    return await lookAtRepository(source, (files) =>
      neededImages(files, {
        folder: told.get("CONTEXT") ?? ".",
        dockerfile: told.get("DOCKERFILE") || undefined,
        buildpack: buildConfiguration.buildpack,
        args: Object.fromEntries((buildEnvironment?.env ?? []).map(({ name, value }) => [name, value])),
      }),
    );
  } catch (error) {
    context.signal.throwIfAborted();
    // A repository may be seen by the build plane alone: then the images come from where they are from.
    context.log("warn", `base images of Build ${build.metadata.name} are not known before it runs`, {
      error: messageOf(error),
    });
    return [];
  }
};

const credentialsOf = async (
  { build, component }: BuildInput,
  { client, signal }: ReconcileContext,
): Promise<GitCredentials> => {
  const name = component.spec.source?.gitRepository?.authentication?.secretRef ?? "";
  const { namespace } = build.metadata;
  const secret: AnyObject | undefined = await client.get(
    { apiVersion: "v1", kind: "Secret", name, namespace },
    { signal },
  );
  const data = (secret?.["data"] ?? {}) as Readonly<Record<string, string>>;
  const valueOf = (key: string): string => Buffer.from(data[key] ?? "", "base64").toString();
  return {
    ...{ username: valueOf("username"), password: valueOf("password"), token: valueOf("token") },
    sshKey: valueOf("ssh-privatekey"),
  };
};
