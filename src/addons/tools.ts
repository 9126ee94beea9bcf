import { constants } from "node:fs";
import { access, chmod } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import semver from "semver";
import { extract } from "tar-stream";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { exec } from "../lib/exec.ts";
import { writeFileAtomic } from "../lib/fs.ts";
import { download, type DownloadOptions, type NetworkAccess } from "./download.ts";
import { sha256 } from "./sources.ts";

export type ToolName = "kind" | "helm";

export interface Tool {
  readonly path: string;
  /** Without a leading `v`. */
  readonly version: string;
  readonly source: "path" | "cache" | "download";
}

export interface ToolOptions {
  readonly cacheDir: string;
  readonly network: NetworkAccess;
  readonly signal: AbortSignal;
  readonly onProgress?: DownloadOptions["onProgress"];
  /** Value of PATH; default: this process's. */
  readonly searchPath?: string | undefined;
}

interface ToolSpec {
  /** Versions that are known to understand what choreo-dev gives them. */
  readonly supported: string;
  /** Version that is fetched when there is none. */
  readonly pinned: string;
  readonly versionArgs: readonly string[];
  readonly home: string;
  readonly url: (version: string, os: string, arch: string) => string;
  /** The program in what was downloaded. */
  readonly extract: (bytes: Buffer, os: string, arch: string) => Promise<Buffer>;
}

const TOOLS: Readonly<Record<ToolName, ToolSpec>> = {
  kind: {
    supported: ">=0.30.0 <1.0.0",
    pinned: "0.33.0",
    versionArgs: ["version", "-q"],
    home: "https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
    url: (version, os, arch) =>
      `https://github.com/kubernetes-sigs/kind/releases/download/v${version}/kind-${os}-${arch}`,
    extract: (bytes) => Promise.resolve(bytes),
  },
  helm: {
    supported: ">=3.14.0 <4.0.0",
    pinned: "3.22.0",
    versionArgs: ["version", "--short"],
    home: "https://helm.sh/docs/intro/install/",
    url: (version, os, arch) => `https://get.helm.sh/helm-v${version}-${os}-${arch}.tar.gz`,
    extract: (bytes, os, arch) => fileOfTar(gunzipSync(bytes), `${os}-${arch}/helm`),
  },
};

/**
 * The tool from PATH when its version is supported, else from the cache, else from its official release, whose published
 * checksum must match. When none of that works: `E_TOOL`, with what to install.
 */
export const findTool = async (name: ToolName, options: ToolOptions): Promise<Tool> => {
  const spec = TOOLS[name];
  const onPath = await findOnPath(name, options.searchPath ?? process.env["PATH"] ?? "");
  const version = onPath === undefined ? undefined : await versionOf(onPath, spec, options.signal);
  if (onPath !== undefined && version !== undefined && semver.satisfies(version, spec.supported)) {
    return { path: onPath, version, source: "path" };
  }
  const cached = path.join(options.cacheDir, "tools", `${name}-${spec.pinned}`);
  if (await isExecutable(cached)) return { path: cached, version: spec.pinned, source: "cache" };
  try {
    await fetchTool(spec, cached, options);
  } catch (cause) {
    options.signal.throwIfAborted();
    if (cause instanceof ChoreoError && cause.code === "E_CHECKSUM") throw cause;
    throw toolError(name, onPath, version, cause);
  }
  return { path: cached, version: spec.pinned, source: "download" };
};

const fetchTool = async (spec: ToolSpec, file: string, options: ToolOptions): Promise<void> => {
  const { os, arch } = platformOf();
  const url = spec.url(spec.pinned, os, arch);
  const [bytes, published] = await Promise.all([
    download(url, options),
    download(`${url}.sha256sum`, { network: options.network, signal: options.signal }),
  ]);
  const expected = /^[0-9a-f]{64}/.exec(published.toString("utf8").trim())?.[0];
  const got = sha256(bytes);
  if (got !== expected) {
    throw new ChoreoError("E_CHECKSUM", `${url} does not match its published checksum`, {
      why: `expected SHA-256 ${expected ?? "(none in the checksum file)"}, got ${got}`,
      fix: "try again later, or install the tool yourself",
    });
  }
  await writeFileAtomic(file, await spec.extract(bytes, os, arch), 0o755);
  // The mode of a new file is cut by the umask.
  await chmod(file, 0o755);
};

const platformOf = (): { os: string; arch: string } => {
  const os = { linux: "linux", darwin: "darwin" }[process.platform as string];
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch as string];
  if (os === undefined || arch === undefined)
    throw new Error(`there is no release for ${process.platform} on ${process.arch}`);
  return { os, arch };
};

const findOnPath = async (name: string, searchPath: string): Promise<string | undefined> => {
  for (const dir of searchPath.split(path.delimiter).filter(Boolean)) {
    const file = path.join(dir, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
};

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/** A program that does not say its version counts as none: it may be something else of that name. */
const versionOf = async (file: string, spec: ToolSpec, signal: AbortSignal): Promise<string | undefined> => {
  try {
    const { stdout } = await exec(file, spec.versionArgs, { signal, timeoutMs: 10_000 });
    // Builds may leave the patch level out ("v3.22").
    return semver.coerce(stdout)?.version;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
};

const fileOfTar = async (tar: Buffer, name: string): Promise<Buffer> => {
  const entries = extract();
  entries.end(tar);
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    if (entry.header.name === name) return Buffer.concat(chunks);
  }
  throw new Error(`the archive has no ${name}`);
};

const toolError = (
  name: ToolName,
  onPath: string | undefined,
  version: string | undefined,
  cause: unknown,
): ChoreoError => {
  const { supported, home } = TOOLS[name];
  const found =
    onPath === undefined
      ? `there is no ${name} on PATH`
      : `${onPath} is version ${version ?? "unknown"}, supported is ${supported}`;
  const reason =
    cause instanceof ChoreoError && cause.why !== undefined ? `${messageOf(cause)}: ${cause.why}` : messageOf(cause);
  return new ChoreoError("E_TOOL", `${name} is needed and could not be fetched`, {
    why: `${found}; ${reason}`,
    fix: `install ${name} (${home})`,
    cause,
  });
};
