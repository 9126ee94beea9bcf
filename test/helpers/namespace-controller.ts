import { onTestFinished } from "vitest";
import type { KubeClient } from "../../src/k8s/client.ts";
import { startInformer } from "../../src/k8s/informer.ts";

/**
 * A bare kube-apiserver never ends the deletion of a namespace: that is another program's work. This does that part of
 * it, without removing what is inside, so a test also sees whether something was left behind.
 */
export const endNamespaces = (client: KubeClient): void => {
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  startInformer(
    client,
    { apiVersion: "v1", kind: "Namespace" },
    {
      signal: abort.signal,
      onChange: (_before, namespace) => {
        if (namespace?.metadata.deletionTimestamp === undefined) return;
        // `finalize` is a subresource of namespaces alone, so the client does not name it.
        const subresource = "finalize" as "status";
        client.replace({ ...namespace, spec: { finalizers: [] } }, { subresource }).catch(() => undefined);
      },
    },
  );
};
