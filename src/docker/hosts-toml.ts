import { REGISTRY_HOST } from "./registry.ts";

export interface ContainerdFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** Registries whose images the platform's registry may hold, with the address that answers for them. */
const MIRRORED: Readonly<Record<string, string>> = {
  "docker.io": "https://registry-1.docker.io",
  "quay.io": "https://quay.io",
  "ghcr.io": "https://ghcr.io",
  "registry.k8s.io": "https://registry.k8s.io",
};

/**
 * Files by which a node finds images. In containerd's `certs.d` the platform's registry answers for the four public ones
 * first; an image that it lacks falls through to the original. Each host has a path of its own there, so equal paths on two
 * hosts stay two images. Passwords go to the kubelet, which hands them to containerd with each pull.
 */
export const containerdHosts = (registries: readonly RegistryLogin[]): ContainerdFile[] => [
  hostsFile(REGISTRY_HOST, `http://${REGISTRY_HOST}`, `[host."http://${REGISTRY_HOST}"]\n${PULLS}`),
  ...Object.entries(MIRRORED).map(([host, upstream]) =>
    hostsFile(host, upstream, `[host."http://${REGISTRY_HOST}/v2/${host}"]\n${PULLS}  override_path = true\n`),
  ),
  ...(registries.length === 0 ? [] : [kubeletLogins(registries)]),
];

export interface RegistryLogin {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

const PULLS = `  capabilities = ["pull", "resolve"]\n`;

const hostsFile = (host: string, server: string, hosts: string): ContainerdFile => ({
  path: `/etc/containerd/certs.d/${host}/hosts.toml`,
  content: `server = "${server}"\n\n${hosts}`,
  mode: 0o644,
});

/** A header in `hosts.toml` would do for registries with basic authentication only, not for those that hand out tokens. */
const kubeletLogins = (registries: readonly RegistryLogin[]): ContainerdFile => {
  const auths = registries.map(({ host, username, password }) => [
    // Docker Hub's logins are kept under its oldest address.
    host === "docker.io" ? "https://index.docker.io/v1/" : host,
    { auth: Buffer.from(`${username}:${password}`).toString("base64") },
  ]);
  return {
    path: "/var/lib/kubelet/config.json",
    content: `${JSON.stringify({ auths: Object.fromEntries(auths) as unknown })}\n`,
    mode: 0o600,
  };
};

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
