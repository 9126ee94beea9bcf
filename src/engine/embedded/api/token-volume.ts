import { type Fields, items, text } from "../builtin/fields-of.ts";
import { generatedName } from "./metadata.ts";

/** Where client libraries look for what they need to speak with their cluster. */
export const TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const PREFIX = "kube-api-access-";
/** An hour, and by seven seconds one that nobody asked for by himself. */
const EXPIRATION_SECONDS = 3607;

/** Mounts the account's token, the cluster's CA and the namespace's name in every container that has nothing at their place. */
export const addTokenVolume = (spec: Fields): void => {
  const volumes = items(spec, "volumes");
  const own = volumes.find((volume) => text(volume, "name").startsWith(PREFIX));
  const name = own === undefined ? generatedName(PREFIX) : text(own, "name");
  const without = ["initContainers", "containers"]
    .flatMap((list) => items(spec, list))
    .filter((container) => items(container, "volumeMounts").every((mount) => mount["mountPath"] !== TOKEN_PATH));
  for (const container of without)
    container["volumeMounts"] = [...items(container, "volumeMounts"), { name, readOnly: true, mountPath: TOKEN_PATH }];
  if (own === undefined && without.length > 0) spec["volumes"] = [...volumes, { name, projected: tokenSource() }];
};

const tokenSource = (): object => ({
  sources: [
    { serviceAccountToken: { expirationSeconds: EXPIRATION_SECONDS, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    {
      downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] },
    },
  ],
  defaultMode: 0o644,
});
