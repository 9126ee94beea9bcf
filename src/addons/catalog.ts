import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { PlaneRole, Platform } from "../config/model.ts";
import type { Capability } from "../engine/engine.ts";
import { parseManifests } from "../k8s/manifest.ts";
import type { AnyObject, ObjectRef } from "../k8s/types.ts";
import { ChoreoError } from "../lib/errors.ts";
import { packageRoot } from "../lib/package-root.ts";

/** Where a chart or manifest comes from. Its public address is always named, wherever the bytes are taken from. */
export interface Source {
  readonly kind: "chart" | "manifest";
  /** Together with `kind` and `version` the key in bundles and in the cache. */
  readonly name: string;
  readonly version: string;
  readonly url: string;
  /** Pinned checksum; without one the checksum of the first download holds. */
  readonly sha256?: string | undefined;
}

export interface ChartSource extends Source {
  readonly kind: "chart";
  readonly release: string;
}

export interface ManifestSource extends Source {
  readonly kind: "manifest";
  /** Objects of the file that are not wanted. */
  readonly drop: readonly Target[];
}

export interface Target {
  readonly kind: string;
  readonly name: string;
}

/** A change of a rendered object: maps are merged, lists whose elements have names are merged by name. */
export interface Patch {
  readonly target: Target;
  readonly merge: Readonly<Record<string, unknown>>;
}

/** One file of `manifests/`, parsed; filled in once, or once per element of `for`. */
interface ManifestFile {
  readonly file: string;
  readonly for?: readonly Readonly<Record<string, Scalar>>[] | undefined;
  readonly objects: readonly AnyObject[];
}

export interface DnsRewrite {
  /** Regular expression over whole names, in CoreDNS' spelling. */
  readonly pattern: string;
  readonly target: string;
}

export type Scalar = string | number | boolean;

/** What `addons/<name>/addon.yaml` says; see docs/addons.md. */
export interface Addon {
  readonly name: string;
  readonly version: string;
  readonly planes: readonly PlaneRole[];
  readonly namespace: string;
  /** The pods of everything else wait for this one, so it should be applied before the others are. */
  readonly cni: boolean;
  /** What a cluster can do once this is ready. */
  readonly capabilities: readonly Capability[];
  /** Addons that must be ready before this one can be applied. Waiting for a CNI is not a need: pods do that. */
  readonly needs: readonly string[];
  readonly images: readonly string[];
  readonly sources: readonly (ChartSource | ManifestSource)[];
  /** Values of the chart. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Values that hold only in some surroundings, by the name of what is different there. */
  readonly variants: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Placeholders of patches and manifests with their defaults. */
  readonly parameters: Readonly<Record<string, Scalar>>;
  readonly patches: readonly Patch[];
  readonly manifests: readonly ManifestFile[];
  /** Name of the TLS secret in `namespace` that has to be made from the local CA. */
  readonly certificate?: string | undefined;
  readonly dnsRewrites: readonly DnsRewrite[];
  readonly ready: readonly ObjectRef[];
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const target = z.strictObject({ kind: z.string(), name: z.string() });
const sourceFields = {
  name: z.string(),
  version: z.string(),
  url: z.string().startsWith("https://"),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
};

const readyRefs = z
  .array(
    z.strictObject({ apiVersion: z.string(), kind: z.string(), name: z.string(), namespace: z.string().optional() }),
  )
  .min(1);
const capabilities = z.array(z.enum(["cilium", "argo", "gateway", "networkpolicy"])).default([]);
const manifestFiles = z
  .array(z.strictObject({ file: z.string(), for: z.array(z.record(z.string(), scalar)).optional() }))
  .default([]);

/** What is left of an addon where the engine does its work itself. */
const embeddedForm = z.strictObject({
  /** How it is called there, where the plain version would promise too much. */
  version: z.string().optional(),
  capabilities,
  /** Files below the addon's folder. */
  manifests: manifestFiles,
  ready: readyRefs,
});

const addonFile = z.strictObject({
  name: z.string(),
  version: z.string(),
  planes: z.array(z.enum(["control", "data", "build"])).min(1),
  namespace: z.string(),
  cni: z.boolean().default(false),
  capabilities,
  needs: z.array(z.string()).default([]),
  // A short name would mean another registry on another machine.
  images: z.array(z.string().regex(/^[^/]+\.[^/]+\/.+:.+$/)),
  sources: z.array(
    z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("chart"), ...sourceFields, release: z.string() }),
      z.strictObject({ kind: z.literal("manifest"), ...sourceFields, drop: z.array(target).default([]) }),
    ]),
  ),
  values: z.record(z.string(), z.unknown()).default({}),
  variants: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  parameters: z.record(z.string(), scalar).default({}),
  patches: z.array(z.strictObject({ target, merge: z.record(z.string(), z.unknown()) })).default([]),
  manifests: manifestFiles,
  certificate: z.string().optional(),
  dnsRewrites: z.array(z.strictObject({ pattern: z.string(), target: z.string() })).default([]),
  ready: readyRefs,
  embedded: embeddedForm.optional(),
});

/** Whether software of an addon runs in clusters, or the engine does what it would do. */
export type AddonForm = "real" | "embedded";

/**
 * Reads every folder of `addons/` (default: the one of this package). A definition that does not fit is `E_INTERNAL`:
 * these files ship with the program, a user cannot have caused it.
 */
export const loadCatalog = (dir?: string, form: AddonForm = "real"): Promise<readonly Addon[]> =>
  dir === undefined ? ownCatalog(form) : readCatalog(dir, form);

/** Those of the package do not change while it runs, and are half a second of reading for who makes many platforms. */
const ownCatalog = (form: AddonForm): Promise<readonly Addon[]> => {
  const loading = own.get(form) ?? readCatalog(path.join(packageRoot(), "addons"), form);
  own.set(form, loading);
  loading.catch(() => own.delete(form));
  return loading;
};

const own = new Map<AddonForm, Promise<readonly Addon[]>>();

const readCatalog = async (dir: string, form: AddonForm): Promise<readonly Addon[]> => {
  const entries = await readdir(dir, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(dir, entry.name));
  const addons = await Promise.all(folders.sort().map((folder) => loadAddon(folder, form)));
  return addons.filter((addon) => addon !== undefined).sort((a, b) => a.name.localeCompare(b.name));
};

/** Undefined for an addon that nothing is left of where the engine does its work itself. */
const loadAddon = async (folder: string, form: AddonForm): Promise<Addon | undefined> => {
  const file = path.join(folder, "addon.yaml");
  const parsed = addonFile.safeParse(parse(await readFile(file, "utf8")));
  if (!parsed.success) throw broken(file, z.prettifyError(parsed.error).split("\n"));
  const charts = parsed.data.sources.filter(({ kind }) => kind === "chart");
  if (charts.length > 1) throw broken(file, ["one chart at most: `values` belong to it"]);
  if (parsed.data.name !== path.basename(folder))
    throw broken(file, [`name is not that of its folder, ${path.basename(folder)}`]);
  const { embedded, ...addon } = parsed.data;
  if (form === "real")
    return { ...addon, manifests: await readManifestFiles(path.join(folder, "manifests"), addon.manifests) };
  if (embedded === undefined) return undefined;
  return {
    ...addon,
    version: embedded.version ?? addon.version,
    cni: false,
    capabilities: embedded.capabilities,
    images: [],
    sources: [],
    values: {},
    variants: {},
    patches: [],
    manifests: await readManifestFiles(folder, embedded.manifests),
    dnsRewrites: [],
    ready: embedded.ready,
  };
};

const readManifestFiles = (folder: string, files: readonly Omit<ManifestFile, "objects">[]): Promise<ManifestFile[]> =>
  Promise.all(files.map(async (entry) => ({ ...entry, objects: await readObjects(path.join(folder, entry.file)) })));

/** Large definitions are JSON lists: a YAML parser takes fifty times as long. */
const readObjects = async (file: string): Promise<AnyObject[]> => {
  const text = await readFile(file, "utf8");
  if (file.endsWith(".json")) return JSON.parse(text) as AnyObject[];
  return (await parseManifests(text, file)).map(({ object }) => object);
};

const broken = (file: string, evidence: readonly string[]): ChoreoError =>
  new ChoreoError("E_INTERNAL", `The addon definition ${file} is not valid`, { evidence });

/** The enabled addons of a cluster that hosts these planes. */
export const addonsFor = (catalog: readonly Addon[], platform: Platform, roles: readonly PlaneRole[]): Addon[] => {
  const settings: Readonly<Record<string, { readonly enabled: boolean }>> = platform.addons;
  return catalog.filter(
    ({ name, planes }) => settings[name]?.enabled !== false && planes.some((role) => roles.includes(role)),
  );
};
