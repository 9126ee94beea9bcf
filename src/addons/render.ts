import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseManifests } from "../k8s/manifest.ts";
import type { AnyObject } from "../k8s/types.ts";
import { ChoreoError } from "../lib/errors.ts";
import type { Addon, ChartSource, ManifestSource, Patch, Scalar } from "./catalog.ts";
import { renderChart } from "./helm.ts";
import { mergeObject, mergeValues } from "./merge.ts";
import { fillIn } from "./placeholders.ts";
import { type FetchOptions, fetchSource } from "./sources.ts";

/** What a user and the surroundings add to an addon's definition. Everything that changes the result is in here. */
export interface AddonSettings {
  /** `addons.<name>.values` of the configuration: values of the chart, or parameters where there is none. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Parameters that the engine decides, such as the gateway's node port. Those an addon does not have are ignored. */
  readonly parameters?: Readonly<Record<string, Scalar>>;
  /** Names of the `variants` that hold here; those an addon does not have are ignored. */
  readonly variants?: readonly string[];
}

export interface RenderContext extends FetchOptions {
  /** Path of helm; only asked for when the addon has a chart. */
  readonly helm: () => Promise<string>;
  /** "1.34.2" */
  readonly kubeVersion: string;
  readonly onNotice?: ((message: string) => void) | undefined;
}

/**
 * Identifies what {@link renderAddon} would return, without fetching or rendering anything: the definition with all its
 * manifests, and the settings. Two clusters with the same hash have the same objects.
 */
export const addonHash = (addon: Addon, settings: AddonSettings): string =>
  createHash("sha256")
    .update(JSON.stringify([addon, settings.values, usedParameters(addon, settings), usedVariants(addon, settings)]))
    .digest("hex")
    .slice(0, 16);

/**
 * All objects of an addon: the chart or manifest of each source without what is dropped, patched, and its own manifests.
 * Does not need the cluster, so it may run while that is still booting.
 */
export const renderAddon = async (
  addon: Addon,
  settings: AddonSettings,
  context: RenderContext,
): Promise<AnyObject[]> => {
  const parameters = parametersOf(addon, settings);
  const fromSources = await Promise.all(
    addon.sources.map((source) =>
      source.kind === "chart" ? fromChart(addon, source, settings, context) : fromManifest(source, context),
    ),
  );
  const patched = applyPatches(addon.name, fromSources.flat(), fillIn(addon.patches, parameters));
  const own = addon.manifests.flatMap(({ objects, for: elements = [{}] }) =>
    elements.flatMap((element) => fillIn(objects, { ...parameters, ...element })),
  );
  return [...patched, ...own];
};

const fromChart = async (
  addon: Addon,
  source: ChartSource,
  settings: AddonSettings,
  context: RenderContext,
): Promise<AnyObject[]> => {
  const [{ path: chart }, helm] = await Promise.all([fetchSource(source, context), context.helm()]);
  const variants = usedVariants(addon, settings).map((name) => addon.variants[name] ?? {});
  const values = [...variants, settings.values].reduce<Record<string, unknown>>(mergeValues, { ...addon.values });
  const { kubeVersion, cacheDir, signal } = context;
  const { release } = source;
  const rendered = await renderChart({
    helm,
    chart,
    release,
    namespace: addon.namespace,
    values,
    kubeVersion,
    cacheDir,
    signal,
  });
  if (rendered.hooks.length > 0)
    context.onNotice?.(`${addon.name}: Helm hooks are not run: ${rendered.hooks.join(", ")}`);
  return rendered.objects;
};

const fromManifest = async (source: ManifestSource, context: RenderContext): Promise<AnyObject[]> => {
  const { path } = await fetchSource(source, context);
  const objects = (await parseManifests(await readFile(path, "utf8"), source.url)).map(({ object }) => object);
  const isDropped = ({ kind, metadata }: AnyObject): boolean =>
    source.drop.some((target) => target.kind === kind && target.name === metadata.name);
  return objects.filter((object) => !isDropped(object));
};

const applyPatches = (addon: string, objects: readonly AnyObject[], patches: readonly Patch[]): AnyObject[] => {
  const out = [...objects];
  for (const { target, merge } of patches) {
    const at = out.findIndex(({ kind, metadata }) => kind === target.kind && metadata.name === target.name);
    const found = out[at];
    if (found === undefined) {
      throw new ChoreoError(
        "E_INTERNAL",
        `The addon ${addon} has a patch for ${target.kind} ${target.name}, which is not there`,
      );
    }
    out[at] = mergeObject(found, merge) as AnyObject;
  }
  return out;
};

const parametersOf = (addon: Addon, settings: AddonSettings): Record<string, Scalar> => {
  const own = usedParameters(addon, settings);
  if (addon.sources.some(({ kind }) => kind === "chart")) return own;
  const known = Object.keys(addon.parameters);
  const unknown = Object.keys(settings.values).filter((name) => !known.includes(name));
  const wrong = Object.entries(settings.values).filter(([, value]) => typeof value === "object");
  if (unknown.length === 0 && wrong.length === 0) return { ...own, ...(settings.values as Record<string, Scalar>) };
  throw new ChoreoError("E_CONFIG", `addons.${addon.name}.values has settings that this addon does not know`, {
    why: `not known or not a plain value: ${[...unknown, ...wrong.map(([name]) => name)].join(", ")}`,
    fix: `use some of ${known.join(", ")}`,
  });
};

const usedParameters = (addon: Addon, { parameters = {} }: AddonSettings): Record<string, Scalar> =>
  Object.fromEntries(Object.entries(addon.parameters).map(([name, value]) => [name, parameters[name] ?? value]));

const usedVariants = (addon: Addon, { variants = [] }: AddonSettings): string[] =>
  variants.filter((name) => Object.hasOwn(addon.variants, name)).toSorted();
