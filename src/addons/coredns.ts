import { createHash } from "node:crypto";
import type { KubeClient } from "../k8s/client.ts";
import type { ObjectRef } from "../k8s/types.ts";
import { ChoreoError } from "../lib/errors.ts";
import type { DnsRewrite } from "./catalog.ts";

const COREFILE: ObjectRef = { apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name: "coredns" };
const DEPLOYMENT: ObjectRef = { apiVersion: "apps/v1", kind: "Deployment", namespace: "kube-system", name: "coredns" };
const BEGIN = "# choreo-dev begin";
const END = "# choreo-dev end";

/**
 * The Corefile with exactly these rewrites in its root zone, between two marks so that they can be found again; everything
 * else stays as it is. Without a root zone it is `E_UNSUPPORTED`.
 */
export const withRewrites = (corefile: string, rewrites: readonly DnsRewrite[]): string => {
  const bare = withoutRewrites(corefile);
  if (rewrites.length === 0) return bare;
  const zone = /^\.(?::\d+)?\s*\{[^\S\n]*\n/m.exec(bare);
  if (zone === null) {
    throw new ChoreoError("E_UNSUPPORTED", "The cluster's Corefile has no root zone to add host names to", {
      why: "the ConfigMap kube-system/coredns was changed",
    });
  }
  // `answer auto` turns the names in answers back, so that clients find the name they asked for.
  const lines = rewrites.map(({ pattern, target }) => `    rewrite name regex ${pattern} ${target} answer auto`);
  const at = zone.index + zone[0].length;
  return `${bare.slice(0, at)}    ${BEGIN}\n${lines.join("\n")}\n    ${END}\n${bare.slice(at)}`;
};

const withoutRewrites = (corefile: string): string =>
  corefile.replaceAll(new RegExp(String.raw`^[^\S\n]*${BEGIN}\n[\s\S]*?${END}\n`, "gm"), "");

/**
 * Puts the rewrites into the cluster's DNS. Pods that run already are replaced, because the server would notice a changed
 * file only after a minute or two; in a cluster that is just booting none runs yet, and nothing is restarted.
 */
export const ensureDnsRewrites = async (
  client: KubeClient,
  rewrites: readonly DnsRewrite[],
  signal: AbortSignal,
): Promise<void> => {
  if (rewrites.length > 0) await putRewrites(client, rewrites, signal);
};

/** Takes all rewrites out again. */
export const removeDnsRewrites = (client: KubeClient, signal: AbortSignal): Promise<void> =>
  putRewrites(client, [], signal);

const putRewrites = async (client: KubeClient, rewrites: readonly DnsRewrite[], signal: AbortSignal): Promise<void> => {
  const found = await client.get(COREFILE, { signal });
  const corefile = (found?.["data"] as Record<string, string> | undefined)?.["Corefile"];
  if (corefile === undefined) {
    throw new ChoreoError("E_UNSUPPORTED", "The cluster has no CoreDNS that choreo-dev can configure", {
      why: "there is no ConfigMap kube-system/coredns with a Corefile",
    });
  }
  const wanted = withRewrites(corefile, rewrites);
  if (wanted === corefile) return;
  const running = await isRunning(client, signal);
  await client.mergePatch(COREFILE, { data: { Corefile: wanted } }, { signal });
  if (!running) return;
  const annotations = { "choreo.dev/corefile": createHash("sha256").update(wanted).digest("hex").slice(0, 16) };
  await client.mergePatch(DEPLOYMENT, { spec: { template: { metadata: { annotations } } } }, { signal });
};

const isRunning = async (client: KubeClient, signal: AbortSignal): Promise<boolean> => {
  const pods = await client.list(
    { apiVersion: "v1", kind: "Pod" },
    { namespace: "kube-system", labelSelector: "k8s-app=kube-dns", signal },
  );
  return pods.items.some((pod) => (pod["spec"] as { nodeName?: string } | undefined)?.nodeName !== undefined);
};
