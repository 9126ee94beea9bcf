import { realpath } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Platform } from "../config/model.ts";
import { contextName } from "../config/names.ts";
import { mergeKubeconfig, unmergeKubeconfig } from "../k8s/kubeconfig.ts";
import { readIfExists, writeFileAtomic } from "../lib/fs.ts";
import { layoutClusters } from "../plan/clusters.ts";

/** The file kubectl would write to: the first of KUBECONFIG, else ~/.kube/config. */
export const userKubeconfig = (env: NodeJS.ProcessEnv): string => {
  const first = (env["KUBECONFIG"] ?? "").split(path.delimiter).find((file) => file !== "");
  return first ?? path.join(env["HOME"] ?? os.homedir(), ".kube", "config");
};

/** Adds contexts to the user's own file, whole or not at all; the only place where this program writes to it. */
export const mergeIntoUserKubeconfig = async (
  kubeconfigs: readonly string[],
  env: NodeJS.ProcessEnv,
  options: { current: boolean },
): Promise<string> => {
  const file = await realFile(userKubeconfig(env));
  let text = (await readIfExists(file)) ?? "";
  for (const each of kubeconfigs) text = await mergeKubeconfig(text, (await readIfExists(each)) ?? "", options);
  await writeFileAtomic(file, text, 0o600);
  return file;
};

/** Takes the platform's contexts out again; a file that has none of them is not written. */
export const removeFromUserKubeconfig = async (platform: Platform, env: NodeJS.ProcessEnv): Promise<string[]> => {
  const file = await realFile(userKubeconfig(env));
  const text = await readIfExists(file);
  if (text === undefined) return [];
  const names = layoutClusters(platform).flatMap(({ name }) => [contextName(name), contextName(name, "embedded")]);
  const { text: without, removed } = await unmergeKubeconfig(text, names);
  if (removed.length > 0) await writeFileAtomic(file, without, 0o600);
  return removed;
};

/** A link stays a link: what it points to is replaced. */
const realFile = (file: string): Promise<string> => realpath(file).catch(() => file);
