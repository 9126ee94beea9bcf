import { REGISTRY_HOST } from "./registry.ts";

export interface ContainerdFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** Registries whose images the platform's registry may hold, with the address that answers for them. */
export const MIRRORED: Readonly<Record<string, string>> = {
  "docker.io": "https://registry-1.docker.io",
  "quay.io": "https://quay.io",
  "ghcr.io": "https://ghcr.io",
  "registry.k8s.io": "https://registry.k8s.io",
};

const ROOT = "/etc/containerd/certs.d";

/**
 * containerd's `certs.d` of a node. The platform's registry answers for the four public ones first; an image that it lacks
 * falls through to the original. Each host has a path of its own there, so equal paths on two hosts stay two images.
 */
export const containerdHosts = (
  registries: readonly { readonly host: string; readonly username: string; readonly password: string }[],
): ContainerdFile[] => [
  hostsFile(
    REGISTRY_HOST,
    `server = "http://${REGISTRY_HOST}"\n\n[host."http://${REGISTRY_HOST}"]\n  capabilities = ["pull", "resolve"]\n`,
  ),
  ...Object.entries(MIRRORED).map(([host, upstream]) =>
    hostsFile(
      host,
      `server = "${upstream}"\n\n[host."http://${REGISTRY_HOST}/v2/${host}"]\n  capabilities = ["pull", "resolve"]\n  override_path = true\n`,
    ),
  ),
  ...registries.map(({ host, username, password }) => {
    const basic = Buffer.from(`${username}:${password}`).toString("base64");
    const content = `server = "https://${host}"\n\n[host."https://${host}"]\n  capabilities = ["pull", "resolve"]\n  [host."https://${host}".header]\n    authorization = ["Basic ${basic}"]\n`;
    return { ...hostsFile(host, content), mode: 0o600 };
  }),
];

const hostsFile = (host: string, content: string): ContainerdFile => ({
  path: `${ROOT}/${host}/hosts.toml`,
  content,
  mode: 0o644,
});

/** KEP-1755: tells other tools where the registry of a cluster is. */
export const localRegistryHosting = (
  hostPort: number,
): Record<string, unknown> & { apiVersion: string; kind: string; metadata: { name: string; namespace: string } } => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "local-registry-hosting", namespace: "kube-public" },
  data: {
    "localRegistryHosting.v1": [
      `host: "localhost:${hostPort}"`,
      `hostFromContainerRuntime: "${REGISTRY_HOST}"`,
      `hostFromClusterNetwork: "${REGISTRY_HOST}"`,
      `help: "choreo-dev status"`,
      "",
    ].join("\n"),
  },
});
