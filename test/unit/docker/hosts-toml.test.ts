import { describe, expect, test } from "vitest";
import { containerdHosts, localRegistryHosting } from "../../../src/docker/hosts-toml.ts";

const contentOf = (path: string, files = containerdHosts([])): string =>
  files.find((file) => file.path === path)?.content ?? "";

describe("files by which a node finds images", () => {
  test("ask the platform's registry first and the original after it", () => {
    expect(contentOf("/etc/containerd/certs.d/docker.io/hosts.toml")).toBe(
      [
        'server = "https://registry-1.docker.io"',
        "",
        '[host."http://choreo-registry:5000/v2/docker.io"]',
        '  capabilities = ["pull", "resolve"]',
        "  override_path = true",
        "",
      ].join("\n"),
    );
  });

  test("reach the platform's registry itself by plain HTTP", () => {
    const content = contentOf("/etc/containerd/certs.d/choreo-registry:5000/hosts.toml");
    expect(content).toContain('server = "http://choreo-registry:5000"');
    expect(content).not.toContain("override_path");
  });

  test("mirror the four public registries, each under a path of its own", () => {
    const mirrored = containerdHosts([]).filter(({ content }) => content.includes("override_path"));
    const paths = mirrored.map(({ content }) => /\/v2\/([^"]+)"/.exec(content)?.[1]);
    expect(paths).toEqual(["docker.io", "quay.io", "ghcr.io", "registry.k8s.io"]);
    expect(mirrored.map(({ path }) => path.split("/").at(-2))).toEqual(paths);
  });

  test("keep passwords in one file that only root reads", () => {
    const files = containerdHosts([
      { host: "registry.example.com", username: "robot", password: "p:w" },
      { host: "docker.io", username: "me", password: "secret" },
    ]);
    const login = files.find(({ path }) => path === "/var/lib/kubelet/config.json");
    expect(login?.mode).toBe(0o600);
    expect(JSON.parse(login?.content ?? "")).toEqual({
      auths: {
        "registry.example.com": { auth: Buffer.from("robot:p:w").toString("base64") },
        "https://index.docker.io/v1/": { auth: Buffer.from("me:secret").toString("base64") },
      },
    });
    expect(files.filter(({ mode }) => mode !== 0o600).some(({ content }) => content.includes("secret"))).toBe(false);
  });

  test("are without a login file when there are no logins", () => {
    expect(containerdHosts([]).map(({ path }) => path)).not.toContain("/var/lib/kubelet/config.json");
  });
});

test("the ConfigMap of KEP-1755 names the registry from all three sides", () => {
  const { metadata, data } = localRegistryHosting(32_000) as ReturnType<typeof localRegistryHosting> & {
    data: Record<string, string>;
  };
  expect(metadata).toEqual({ name: "local-registry-hosting", namespace: "kube-public" });
  expect(data["localRegistryHosting.v1"]).toContain('host: "localhost:32000"');
  expect(data["localRegistryHosting.v1"]).toContain('hostFromContainerRuntime: "choreo-registry:5000"');
});
