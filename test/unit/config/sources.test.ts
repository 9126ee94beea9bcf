import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { renderResolved } from "../../../src/cli/render/resolved.ts";
import { loadText } from "./folder.ts";

const TEXT = `engine: kind
planes:
  data:
    - name: west
      environments: [development, staging, production]
addons:
  cilium:
    values: { encryption: { enabled: true } }
network:
  proxy: { https: "http://proxy.example.com:3128" }
registries:
  - host: r.example.com
    auth: { username: me, passwordEnv: PASSWORD }
`;
const ENV = { http_proxy: "http://old.example.com:8080", HTTPS_PROXY: "http://other.example.com", NO_PROXY: "a, b" };

describe("where a value came from", () => {
  test.each([
    ["name", "derived from the folder"],
    ["engine", "3:9"],
    ["topology", "flag"],
    ["kubernetes.nodeImage", "default"],
    ["planes.data[0].name", "6:13"],
    ["planes.data[0].environments", "7:21"],
    ["planes.data[0].gateway.port", "default"],
    ["environments[0].dnsPrefix", "default"],
    ["environments[2].dataPlane", "derived from planes.data"],
    ["addons.cilium.enabled", "default"],
    ["addons.cilium.values", "10:13"],
    ["components", "default"],
    ["network.pool", "default"],
    ["network.proxy.http", "env http_proxy"],
    ["network.proxy.https", "12:19"],
    ["network.proxy.no", "env NO_PROXY"],
    ["registries[0].host", "14:11"],
    ["registries[0].username", "15:23"],
  ])("%s: %s", async (path, source) => {
    const { sources } = await loadText(TEXT, { env: ENV, topology: "multi-cluster" });
    expect(sources.get(path)).toBe(source);
  });

  test("a flag wins over the file, for what a flag can set", async () => {
    const { platform, sources } = await loadText("name: shop\nengine: kind\n", { name: "other", engine: "embedded" });
    expect(platform).toMatchObject({ name: "other", engine: "embedded" });
    expect([sources.get("name"), sources.get("engine")]).toEqual(["flag", "flag"]);
  });

  test("proxies come from the file, else from the environment", async () => {
    const { platform } = await loadText(TEXT, { env: ENV });
    expect(platform.network.proxy).toEqual({
      http: "http://old.example.com:8080",
      https: "http://proxy.example.com:3128",
      no: ["a", "b"],
    });
  });

  test("every value of the resolved configuration has a source, and config print shows it", async () => {
    const loaded = await loadText(TEXT, { env: ENV });
    const printed = renderResolved(loaded);
    const unset = [...loaded.sources.keys()].filter((key) => /(nodeImage|context|region|port)$/.test(key));
    const commented = printed.split("\n").filter((line) => line.includes("#"));
    expect(parse(printed)).toMatchObject({ name: "shop", engine: "kind" });
    expect(commented).toHaveLength(loaded.sources.size - unset.length);
    expect(printed).toContain("engine: kind # choreo-dev.yaml:3:9");
  });
});
