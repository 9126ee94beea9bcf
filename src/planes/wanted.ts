import { dirname, resolve } from "node:path";
import { type Addon, addonsFor } from "../addons/catalog.ts";
import { type AddonSettings, addonHash } from "../addons/render.ts";
import type { PlaneRole, Platform } from "../config/model.ts";
import { crdsHash } from "../crds/install.ts";
import { withSourceFolder } from "../crds/source-folder.ts";
import { REGISTRY_HOST } from "../docker/registry.ts";
import { readManifests } from "../k8s/manifest.ts";
import type { AnyObject } from "../k8s/types.ts";
import { type ClusterSpec, GATEWAY_NODE_PORT, layoutClusters } from "../plan/clusters.ts";
import type { Wanted, WantedManifest } from "../plan/observed.ts";
import { defaultResources } from "./defaults.ts";
import { hashObjects } from "./manifests.ts";
import { type PreparedComponent, prepareComponent } from "./platform-component.ts";
import { type Registration, registrationHash } from "./register.ts";

export interface WantedManifestSet extends WantedManifest {
  readonly objects: readonly AnyObject[];
}

/** Everything that this version and this configuration want, read and hashed before anything is touched. */
export interface WantedSets extends Wanted {
  readonly platformComponents: readonly PreparedComponent[];
  readonly manifests: readonly WantedManifestSet[];
}

export const wantedOf = async (
  platform: Platform,
  catalog: readonly Addon[],
): Promise<Omit<WantedSets, "controllerSettings" | "nodes">> => {
  const layout = layoutClusters(platform);
  const perCluster = layout.map(({ name, planes }) => ({
    name,
    addons: addonsFor(
      catalog,
      platform,
      planes.map(({ role }) => role),
    ),
  }));
  const platformComponents = await Promise.all(
    platform.platformComponents.map((spec) => prepareComponent(platform, spec)),
  );
  return {
    crdsHash: crdsHash(),
    platformComponents,
    addons: [
      ...perCluster.flatMap(({ name, addons }) =>
        addons.map((addon) => ({
          name: addon.name,
          version: addon.version,
          hash: addonHash(addon, addonSettings(platform, addon)),
          cluster: name,
          needs: addon.needs,
        })),
      ),
      ...platformComponents.map(({ spec: { name }, version, hash, cluster }) => ({
        ...{ name, version, hash, cluster, needs: [], isBuilt: true },
      })),
    ],
    registrations: Object.fromEntries(
      registrationsOf(platform, layout).map((one) => [one.plane, registrationHash(one.registration)]),
    ),
    manifests: await manifestSets(platform),
    images: Object.fromEntries(perCluster.map(({ name, addons }) => [name, addons.flatMap(({ images }) => images)])),
  };
};

export const addonSettings = (platform: Platform, addon: Addon): AddonSettings => ({
  values:
    (platform.addons as Readonly<Record<string, { values: Readonly<Record<string, unknown>> }>>)[addon.name]?.values ??
    {},
  parameters: { nodePort: GATEWAY_NODE_PORT },
  // The API server of a kind node listens on the node itself.
  variants: ["api-on-node"],
});

/** The registrations of a platform's data and build planes. */
export const registrationsOf = (
  platform: Platform,
  layout: readonly Pick<ClusterSpec, "name" | "planes">[] = layoutClusters(platform),
): { plane: string; cluster: string; registration: Registration }[] =>
  layout.flatMap(({ name: cluster, planes }) =>
    planes.flatMap(({ name, role }) =>
      role === "control"
        ? []
        : [
            {
              plane: name,
              cluster,
              registration: { name, role, cluster, region: regionOf(platform, name, role), registry: REGISTRY_HOST },
            },
          ],
    ),
  );

const regionOf = (platform: Platform, plane: string, role: PlaneRole): string | undefined =>
  role === "data" ? platform.planes.data.find(({ name }) => name === plane)?.region : undefined;

const manifestSets = async (platform: Platform): Promise<WantedManifestSet[]> => {
  const defaults = defaultResources(platform);
  const read = async (id: string, path: string): Promise<WantedManifestSet> => {
    const manifests = await readManifests([path], platform.dir);
    const objects = manifests.map(({ object, file }) => withSourceFolder(object, folderOf(platform.dir, file)));
    return { id: `${id}/${path}`, title: relativeTo(platform.dir, path), hash: hashObjects(objects), objects };
  };
  return [
    {
      id: "defaults",
      title: "organization, environments, pipeline, project",
      hash: hashObjects(defaults),
      objects: defaults,
    },
    ...(await Promise.all(platform.components.map(({ path }) => read("component", path)))),
    ...(await Promise.all(platform.resources.map((path) => read("resource", path)))),
  ];
};

const folderOf = (dir: string, file: string): string => dirname(resolve(dir, file));

const relativeTo = (dir: string, file: string): string =>
  file.startsWith(`${dir}/`) ? file.slice(dir.length + 1) : file;
