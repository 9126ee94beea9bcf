import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Platform } from "../config/model.ts";
import type { LogRecord } from "../engine/embedded/store/record.ts";
import { readIfExists, writeFileAtomic } from "../lib/fs.ts";
import { programHash } from "../planes/supervisor-process.ts";
import { places } from "../state/places.ts";
import type { PlatformSnapshot } from "../supervisor/clusters.ts";

/** What the clusters of a new platform begin with, by cluster. */
export type Template = ReadonlyMap<string, readonly LogRecord[]>;

interface TemplateFile {
  /** Of the platform that it was taken from. */
  readonly name: string;
  readonly clusters: Readonly<Record<string, readonly (readonly [key: string, value: string, revision: number])[]>>;
}

/** Each build of the program has templates of its own; old ones are of nobody's use. */
const KEPT_MS = 3 * 24 * 3600 * 1000;

/** Where the template of such platforms is, in the cache: the same program and the same planes give the same one. */
export const templateFile = async (
  { topology, planes, environments, addons }: Platform,
  env: NodeJS.ProcessEnv,
): Promise<string> => {
  const text = JSON.stringify([await programHash(), topology, planes, environments, addons]);
  const key = createHash("sha256").update(text).digest("hex").slice(0, 24);
  return path.join(places(env).cache, "templates", `${key}.json`);
};

/** The template under a platform's own name; undefined when there is none that can be read. */
export const readTemplate = async (file: string, name: string): Promise<Template | undefined> => {
  const text = await readIfExists(file);
  if (text === undefined) return undefined;
  try {
    const from = (JSON.parse(text.slice(0, text.indexOf(",")) + "}") as Pick<TemplateFile, "name">).name;
    // Names are random and of one length: what reads like the old one is the old one.
    const { clusters } = JSON.parse(text.replaceAll(from, name)) as TemplateFile;
    return new Map(
      Object.entries(clusters).map(([cluster, entries]) => [
        cluster,
        entries.map(([key, value, revision]) => ({ key, value, revision })),
      ]),
    );
  } catch {
    return undefined;
  }
};

/** Keeps what a platform is when it has just been made. */
export const writeTemplate = async (file: string, name: string, snapshot: PlatformSnapshot): Promise<void> => {
  const clusters = [...snapshot].map(([cluster, entries]) => [
    cluster,
    [...entries.values()].filter(({ key }) => isLasting(key)).map(({ key, value, revision }) => [key, value, revision]),
  ]);
  await writeFileAtomic(file, JSON.stringify({ name, clusters: Object.fromEntries(clusters) as unknown }));
  const dir = path.dirname(file);
  for (const other of await readdir(dir)) {
    // Platforms that start at once all keep theirs: what is listed may be a draft that has its own name by now.
    const facts = await stat(path.join(dir, other)).catch(() => undefined);
    if (facts !== undefined && Date.now() - facts.mtimeMs > KEPT_MS) await rm(path.join(dir, other), { force: true });
  }
};

/**
 * Of one life only: nodes and what runs on them, what happened, the address of the API server, and everything with a key in
 * it. Planes are registered anew, with new credentials.
 */
const FLEETING = [
  /^\/(nodes|pods|events|secrets)\//,
  /^(coordination|events|discovery)\.k8s\.io\//,
  /^\/(services|endpoints)\/default\/kubernetes$/,
  /^\/configmaps\/[^/]+\/kube-root-ca\.crt$/,
  /^core\.choreo\.dev\/(dataplanes|buildplanes)\//,
];

const isLasting = (key: string): boolean => FLEETING.every((pattern) => !pattern.test(key));
