import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openBundle } from "../../../src/addons/bundle.ts";
import type { Source } from "../../../src/addons/catalog.ts";
import { download, type NetworkAccess, proxyFor } from "../../../src/addons/download.ts";
import { fetchSource } from "../../../src/addons/sources.ts";
import { createAuthority, issueServerCertificate } from "../../../src/lib/x509.ts";

const signal = new AbortController().signal;
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const validity = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
const authority = createAuthority("test authority", ["localhost", "mirror.test"], validity);
const leaf = issueServerCertificate(authority, ["localhost", "mirror.test"], validity);

let dir = "";
let origin: https.Server;
/** Path → body; a number is an answer with that status, a text starting with ">" a redirect. */
let pages: Record<string, string | number> = {};
let network: NetworkAccess;
const noProxy = { http: undefined, https: undefined, no: [] };

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "choreo-sources-"));
  await writeFile(path.join(dir, "ca.pem"), authority.certificate);
  network = { proxy: noProxy, extraCAs: [path.join(dir, "ca.pem")] };
  pages = {};
  origin = https.createServer({ cert: leaf.certificate, key: leaf.key }, (request, response) => {
    const page = pages[request.url ?? ""];
    if (typeof page === "string" && page.startsWith(">")) response.writeHead(302, { location: page.slice(1) }).end();
    else if (typeof page === "string") response.end(page);
    else response.writeHead(page ?? 404).end();
  });
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
});
afterEach(async () => {
  origin.closeAllConnections();
  origin.close();
  await rm(dir, { recursive: true, force: true });
});

const portOf = (server: net.Server): number => (server.address() as AddressInfo).port;
const address = (page: string): string => `https://localhost:${portOf(origin)}${page}`;
const source = (extra: Partial<Source> = {}): Source => ({
  kind: "manifest",
  name: "thing",
  version: "v1",
  url: address("/thing.yaml"),
  ...extra,
});
const fetching = (what: Source = source()) => fetchSource(what, { cacheDir: path.join(dir, "cache"), network, signal });

const writeBundle = async (bundle: unknown): Promise<string> => {
  const folder = path.join(dir, "bundle");
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "bundle.json"), typeof bundle === "string" ? bundle : JSON.stringify(bundle));
  return folder;
};
const bundleOf = (file: Record<string, unknown>) => ({
  apiVersion: "choreo-dev/v1alpha1",
  kind: "Bundle",
  files: [file],
  images: [],
  imagesFrom: "docker",
});
const entry = {
  kind: "manifest",
  name: "thing",
  version: "v1",
  path: "thing.yaml",
  source: "https://example.com/thing.yaml",
  sha256: hash("bundled"),
};

describe("a source", () => {
  test("comes from the network once and from the cache from then on", async () => {
    pages["/thing.yaml"] = "content";
    expect(await fetching()).toMatchObject({ from: "network", sha256: hash("content") });
    pages = {};
    expect(await fetching()).toMatchObject({ from: "cache", sha256: hash("content") });
  });

  test("that changed since its first download is refused, also when the cached file is gone or damaged", async () => {
    pages["/thing.yaml"] = "content";
    const { path: file } = await fetching();
    await writeFile(file, "damaged");
    pages["/thing.yaml"] = "other content";
    await expect(fetching()).rejects.toMatchObject({
      code: "E_CHECKSUM",
      why: expect.stringContaining(hash("content")) as string,
    });
    await rm(file, { force: true });
    await expect(fetching()).rejects.toMatchObject({ code: "E_CHECKSUM" });
    pages["/thing.yaml"] = "content";
    expect(await fetching()).toMatchObject({ from: "network" });
  });

  test("must match the checksum that the addon pins", async () => {
    pages["/thing.yaml"] = "content";
    await expect(fetching(source({ sha256: hash("else") }))).rejects.toMatchObject({ code: "E_CHECKSUM" });
    expect(await fetching(source({ sha256: hash("content") }))).toMatchObject({ from: "network" });
  });

  test("comes from the bundle before anything else", async () => {
    const folder = await writeBundle(bundleOf(entry));
    await writeFile(path.join(folder, "thing.yaml"), "bundled");
    const bundle = await openBundle(folder);
    const found = await fetchSource(source(), { bundle, cacheDir: path.join(dir, "cache"), network, signal });
    expect(found).toEqual({ path: path.join(folder, "thing.yaml"), sha256: hash("bundled"), from: "bundle" });
  });

  test("whose bundled file is not the described one is refused, with both checksums", async () => {
    const folder = await writeBundle(bundleOf(entry));
    await writeFile(path.join(folder, "thing.yaml"), "tampered");
    const fetched = fetchSource(source(), { bundle: await openBundle(folder), cacheDir: dir, network, signal });
    await expect(fetched).rejects.toMatchObject({
      code: "E_CHECKSUM",
      why: `expected SHA-256 ${hash("bundled")}, got ${hash("tampered")}`,
    });
  });

  test("whose bundled file is missing is the bundle's fault", async () => {
    const bundle = await openBundle(await writeBundle(bundleOf(entry)));
    await expect(fetchSource(source(), { bundle, cacheDir: dir, network, signal })).rejects.toMatchObject({
      code: "E_BUNDLE",
    });
  });

  test("in another version than the bundle's is looked for elsewhere, and the message says both", async () => {
    const bundle = await openBundle(await writeBundle(bundleOf(entry)));
    const fetched = fetchSource(source({ version: "v2" }), { bundle, cacheDir: dir, network, signal });
    await expect(fetched).rejects.toMatchObject({
      code: "E_DOWNLOAD",
      why: expect.stringContaining("has no manifest thing v2") as string,
    });
  });
});

describe("a bundle", () => {
  test.each([
    ["is not JSON", "{"],
    ["has another kind", { ...bundleOf(entry), kind: "Bundel" }],
    ["has an unknown key", { ...bundleOf(entry), extra: 1 }],
    ["has a malformed checksum", bundleOf({ ...entry, sha256: "ABC" })],
    ["leads out of its folder", bundleOf({ ...entry, path: "../thing.yaml" })],
  ])("that %s is refused", async (_what, content) => {
    await expect(openBundle(await writeBundle(content))).rejects.toMatchObject({ code: "E_BUNDLE" });
  });

  test("without bundle.json is refused", async () => {
    await expect(openBundle(dir)).rejects.toMatchObject({ code: "E_BUNDLE" });
  });
});

describe("a download", () => {
  test("follows redirects that stay https", async () => {
    pages = { "/a": `>${address("/b")}`, "/b": "there", "/c": `>http://localhost:${portOf(origin)}/b` };
    expect((await download(address("/a"), { network, signal })).toString()).toBe("there");
    await expect(download(address("/c"), { network, signal })).rejects.toMatchObject({ code: "E_DOWNLOAD" });
  });

  test("trusts only the configured authorities besides the public ones", async () => {
    pages["/a"] = "content";
    await expect(download(address("/a"), { network: { ...network, extraCAs: [] }, signal })).rejects.toMatchObject({
      code: "E_DOWNLOAD",
    });
  });

  test("of a missing page says what the server answered", async () => {
    await expect(download(address("/none"), { network, signal })).rejects.toMatchObject({
      code: "E_DOWNLOAD",
      why: expect.stringContaining("404") as string,
      fix: expect.stringContaining("--bundle") as string,
    });
  });

  test("ends when it is aborted", async () => {
    const controller = new AbortController();
    controller.abort(new Error("stop"));
    await expect(download(address("/a"), { network, signal: controller.signal })).rejects.toThrow("stop");
  });

  test("goes through a proxy with its credentials, and TLS stays end to end", async () => {
    pages["/a"] = "content";
    const seen: (string | undefined)[] = [];
    const proxy = http.createServer();
    proxy.on("connect", (request, client: net.Socket) => {
      seen.push(request.url, request.headers["proxy-authorization"]);
      const upstream = net.connect(portOf(origin), "127.0.0.1", () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        client.pipe(upstream).pipe(client);
      });
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const through = { ...network, proxy: { ...noProxy, https: `http://me:se%20cret@127.0.0.1:${portOf(proxy)}` } };
    try {
      expect((await download("https://mirror.test/a", { network: through, signal })).toString()).toBe("content");
      expect(seen).toEqual(["mirror.test:443", `Basic ${Buffer.from("me:se cret").toString("base64")}`]);
    } finally {
      proxy.close();
    }
  });

  test.each([
    ["https://localhost/", false],
    ["https://127.0.0.1:5000/", false],
    ["https://get.helm.sh/x", true],
    ["https://files.corp.example/x", false],
    ["https://corp.example/x", false],
    ["https://notcorp.example/x", true],
  ])("of %s uses the proxy: %s", (url, expected) => {
    const proxy = { http: "http://proxy:3128", https: undefined, no: [".corp.example", "corp.example"] };
    expect(proxyFor(new URL(url), proxy) !== undefined).toBe(expected);
  });
});
