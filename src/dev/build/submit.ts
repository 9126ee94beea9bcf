import { BASE_IMAGES } from "../../controller/build/base-images.ts";
import { buildPlaces } from "../../controller/build/places.ts";
import { BUILD_RESULT, type ToldBuild } from "../../controller/build/told.ts";
import { findCondition } from "../../controller/conditions.ts";
import { labelOf, nameOf } from "../../controller/hierarchy.ts";
import { CHOREO_API, LABELS } from "../../crds/labels.ts";
import { imageRepository } from "../../crds/names.ts";
import type { Build, Component, DeploymentTrack } from "../../crds/types.ts";
import type { RegistryClient } from "../../docker/registry-client.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { isKubeError } from "../../k8s/errors.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { pushSource, sourceRepository } from "../../source/artifact.ts";
import { storeSource } from "../../source/bundle-store.ts";
import { packWorkingTree } from "./working-tree.ts";

export interface SubmitInput {
  readonly control: KubeClient;
  readonly component: Component;
  readonly track: DeploymentTrack;
  /** The platform's registry; undefined where there is none. */
  readonly registry: RegistryClient | undefined;
  /** Folder of the platform's builds, which takes the place of a registry. */
  readonly builds: string;
  readonly signal: AbortSignal;
  /**
   * Builds a source that is new by itself, and tells what became of it; undefined: a workflow of the build plane builds it. Called
   * with the name that the Build gets.
   */
  readonly direct?: ((name: string, source: PackedFolder) => Promise<ToldBuild | undefined>) | undefined;
  /** Told what happens to the source. */
  readonly progress: (message: string) => void;
}

/** A source that is in the registry. */
export interface PackedFolder {
  /** Repository of the component's images. */
  readonly repository: string;
  /** Digest of its only layer. */
  readonly layer: string;
  /** Digest of the artifact, without its algorithm. */
  readonly digest: string;
}

export interface Submitted {
  readonly build: Build;
  /** False when a build of the very same source is there already and has not failed. */
  readonly isNew: boolean;
}

/** Starts a build of a component: of its folder as it is now, or of its Git repository. */
export const submitBuild = async (input: SubmitInput): Promise<Submitted> => {
  const { component } = input;
  const { local, gitRepository } = component.spec.source ?? {};
  if (local !== undefined) return buildOfFolder(input, local.path);
  if (gitRepository !== undefined) return { build: await create(input, { name: timeName(component) }), isNew: true };
  throw new ChoreoError("E_SOURCE", `Component ${nameOf(component)} has no source to build`, {
    why: "it names neither source.local.path nor source.gitRepository",
    fix: "add one of them to its manifest and apply it",
  });
};

const buildOfFolder = async (input: SubmitInput, folder: string): Promise<Submitted> => {
  const { component, track, registry, builds, progress } = input;
  const { dockerfile } = buildPlaces(track.spec.buildTemplateSpec);
  const { packed, files, baseImages } = await packWorkingTree(folder, dockerfile);
  try {
    const repository = sourceRepository(repositoryOf(component));
    const { reference, movedBytes } =
      registry === undefined
        ? await storeSource(builds, repository, packed)
        : await pushSource(registry, repository, packed);
    progress(`${files} files of ${folder}: ${sizeText(movedBytes, registry === undefined ? "store" : "registry")}`);
    const digest = reference.split("@sha256:")[1] ?? "";
    const annotations = { [BASE_IMAGES]: baseImages.join(",") };
    const source = { repository: repositoryOf(component), layer: packed.digest, digest };
    return await buildOnce(input, { artifact: reference, digest, annotations, source });
  } finally {
    await packed.discard();
  }
};

const sizeText = (bytes: number, where: string): string =>
  bytes === 0 ? `the ${where} has them already` : `${(bytes / 1e6).toFixed(1)} MB to the ${where}`;

interface FolderBuild {
  readonly artifact?: string;
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly source: PackedFolder;
}

/** The same source is built once; what failed is built again, under the next free name. */
const buildOnce = async (input: SubmitInput, { digest, source, ...wanted }: FolderBuild): Promise<Submitted> => {
  const { control, component, signal } = input;
  const base = `${nameOf(component)}-${digest.slice(0, 8)}`;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    const ref = { apiVersion: CHOREO_API, kind: "Build", name, namespace: component.metadata.namespace };
    const found = await control.get<Build>(ref, { signal });
    if (found === undefined) {
      const told = await input.direct?.(name, source);
      const result = told === undefined ? {} : { [BUILD_RESULT]: JSON.stringify(told) };
      const build = await create(input, { name, ...wanted, annotations: { ...wanted.annotations, ...result } });
      return { build, isNew: true };
    }
    if (findCondition(found, "Completed")?.reason !== "BuildFailed") return { build: found, isNew: false };
  }
};

interface Wanted extends Partial<Omit<FolderBuild, "digest" | "source">> {
  readonly name: string;
}

const create = async (input: SubmitInput, { name, artifact, annotations = {} }: Wanted): Promise<Build> => {
  const { control, component, track, signal } = input;
  const { namespace = "", labels = {} } = component.metadata;
  const template = track.spec.buildTemplateSpec;
  const build: Build = {
    apiVersion: CHOREO_API,
    kind: "Build",
    metadata: {
      name,
      namespace,
      labels: {
        [LABELS.organization]: labels[LABELS.organization] ?? "",
        [LABELS.project]: labels[LABELS.project] ?? "",
        [LABELS.component]: nameOf(component),
        [LABELS.deploymentTrack]: nameOf(track),
        [LABELS.name]: name,
      },
      annotations,
    },
    spec: {
      ...(artifact === undefined ? {} : { source: { artifact } }),
      ...(template === undefined ? {} : { branch: template.branch, path: template.path }),
      buildConfiguration: template?.buildConfiguration ?? {},
      ...(template?.buildEnvironment === undefined ? {} : { buildEnvironment: template.buildEnvironment }),
    },
  };
  try {
    return await control.create(build, { signal });
  } catch (error) {
    if (!isKubeError(error, 409)) throw error;
    // Somebody else was faster with the same source.
    const ref = { apiVersion: CHOREO_API, kind: "Build", name, namespace };
    const found = await control.get<Build>(ref, { signal });
    if (found === undefined) throw error;
    return found;
  }
};

const repositoryOf = (component: Component): string =>
  imageRepository(
    labelOf(component, LABELS.organization) ?? "",
    labelOf(component, LABELS.project) ?? "",
    nameOf(component),
  );

/** A branch moves: its builds are told apart by their time. */
const timeName = (component: Component): string =>
  `${nameOf(component)}-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-")}`;
