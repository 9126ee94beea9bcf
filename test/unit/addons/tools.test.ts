import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findTool, type ToolOptions } from "../../../src/addons/tools.ts";
import { createAuthority, issueServerCertificate } from "../../../src/lib/x509.ts";

const signal = new AbortController().signal;
const validity = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 3_600_000) };
const hosts = ["github.com", "get.helm.sh"];
const authority = createAuthority("test authority", hosts, validity);
const leaf = issueServerCertificate(authority, hosts, validity);
const sha256 = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex");

let dir = "";
let origin: https.Server;
let proxy: http.Server;
let options: ToolOptions;
/** What the release hosts, played by `origin` behind a proxy, serve: file name → bytes. */
let releases: Record<string, Buffer | string> = {};

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "choreo-tools-"));
  await writeFile(path.join(dir, "ca.pem"), authority.certificate);
  await mkdir(path.join(dir, "bin"));
  releases = {};
  origin = https.createServer({ cert: leaf.certificate, key: leaf.key }, (request, response) => {
    const body = releases[path.basename(request.url ?? "")];
    if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  proxy = http.createServer().on("connect", (_request, client: net.Socket) => {
    const upstream = net.connect((origin.address() as AddressInfo).port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  options = {
    cacheDir: path.join(dir, "cache"),
    network: {
      proxy: { http: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, https: undefined, no: [] },
      extraCAs: [path.join(dir, "ca.pem")],
    },
    signal,
    searchPath: path.join(dir, "bin"),
  };
});
afterEach(async () => {
  origin.closeAllConnections();
  origin.close();
  proxy.close();
  await rm(dir, { recursive: true, force: true });
});

const install = async (name: string, output: string): Promise<string> => {
  const file = path.join(dir, "bin", name);
  await writeFile(file, `#!/bin/sh\necho '${output}'\n`);
  await chmod(file, 0o755);
  return file;
};

const release = { os: process.platform, arch: process.arch === "x64" ? "amd64" : process.arch };
const publish = (name: string, bytes: Buffer | string, checksum = sha256(bytes)): void => {
  releases[name] = bytes;
  releases[`${name}.sha256sum`] = `${checksum}  ${name}\n`;
};

describe("a tool", () => {
  test("on PATH in a supported version is used", async () => {
    const file = await install("kind", "0.33.0");
    expect(await findTool("kind", options)).toEqual({ path: file, version: "0.33.0", source: "path" });
  });

  test("that prints a short version is understood", async () => {
    await install("helm", "v3.22+g1234");
    expect(await findTool("helm", options)).toMatchObject({ version: "3.22.0", source: "path" });
  });

  test("that is missing is fetched from its release, checked, and cached", async () => {
    const name = `kind-${release.os}-${release.arch}`;
    publish(name, "#!/bin/sh\necho 0.33.0\n");
    const found = await findTool("kind", options);
    expect(found).toMatchObject({ version: "0.33.0", source: "download" });
    expect((await stat(found.path)).mode & 0o777).toBe(0o755);
    releases = {};
    expect(await findTool("kind", options)).toEqual({ ...found, source: "cache" });
  });

  test("on PATH in a version that is too old is passed over", async () => {
    await install("kind", "0.20.0");
    publish(`kind-${release.os}-${release.arch}`, "newer");
    expect(await findTool("kind", options)).toMatchObject({ source: "download" });
  });

  test("that is packed in an archive is taken out of it", async () => {
    const tar = pack();
    tar.entry({ name: `${release.os}-${release.arch}/README.md` }, "read me");
    tar.entry({ name: `${release.os}-${release.arch}/helm` }, "the program");
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
    publish(`helm-v3.22.0-${release.os}-${release.arch}.tar.gz`, gzipSync(Buffer.concat(chunks)));
    const { path: file } = await findTool("helm", options);
    expect(await readFile(file, "utf8")).toBe("the program");
  });

  test("whose download does not match the published checksum is refused and not kept", async () => {
    publish(`kind-${release.os}-${release.arch}`, "tampered", sha256("original"));
    await expect(findTool("kind", options)).rejects.toMatchObject({ code: "E_CHECKSUM" });
    releases = {};
    await expect(findTool("kind", options)).rejects.toMatchObject({ code: "E_TOOL" });
  });

  test("that can be had nowhere is an error that says what was found and what to install", async () => {
    const file = await install("kind", "0.20.0");
    await expect(findTool("kind", options)).rejects.toMatchObject({
      code: "E_TOOL",
      why: expect.stringContaining(`${file} is version 0.20.0`) as string,
      fix: expect.stringContaining("install kind") as string,
    });
  });
});
