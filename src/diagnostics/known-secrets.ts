import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import type { Platform } from "../config/model.ts";
import type { AnyObject } from "../k8s/types.ts";
import { readIfExists } from "../lib/fs.ts";
import type { PlatformPlaces } from "../state/places.ts";
import type { ClusterLook } from "./cluster-look.ts";

/** Everything on this machine that the archive must not tell: the local secrets file, credentials, keys, passwords. */
export const secretsOnDisk = async (
  platform: Platform,
  places: PlatformPlaces,
  env: NodeJS.ProcessEnv,
): Promise<string[]> => [
  ...(await valuesOfSecretFile(platform.secrets.file)),
  ...platform.registries.flatMap(({ passwordEnv }) => env[passwordEnv] ?? []),
  ...(await filesBelow(places.kubeconfigs)).flatMap(credentialsIn),
  ...(await filesBelow(places.caDir, /\.key\.pem$/)),
  ...(await filesBelow(places.clusters, /^credentials\.json$/)).flatMap(stringsIn),
];

/** What the Secrets among these objects hold, without what is public in them, and the credentials of planes. */
export const secretsIn = (looks: readonly ClusterLook[]): string[] =>
  looks
    .flatMap(({ lists }) => lists)
    .flatMap(({ kind, items }) => {
      if (kind.kind === "Secret") return items.flatMap(secretValues);
      return /^(Data|Build)Plane$/.test(kind.kind) ? items.flatMap(planeCredentials) : [];
    });

const planeCredentials = (value: unknown): string[] => {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "string"
      ? /^(clientKey|token|password)$/.test(key)
        ? [inner, Buffer.from(inner, "base64").toString("utf8")]
        : []
      : planeCredentials(inner),
  );
};

/** Releases of helm are whole charts, not keys; their objects show no data anyway. */
const NO_KEYS = new Set(["helm.sh/release.v1"]);
/** Beside the token there are the CA and the name of the namespace. */
const TOKENS = new Set(["kubernetes.io/service-account-token"]);

const secretValues = (secret: AnyObject): string[] => {
  const { type = "", data } = secret as { type?: string; data?: Readonly<Record<string, string>> };
  if (NO_KEYS.has(type)) return [];
  return Object.entries(data ?? {})
    .filter(([key]) => !key.endsWith(".crt") && (!TOKENS.has(type) || key === "token"))
    .flatMap(([, value]) => [Buffer.from(value, "base64").toString("utf8"), value]);
};

const valuesOfSecretFile = async (file: string): Promise<string[]> => {
  const text = await readIfExists(file).catch(() => undefined);
  if (text === undefined) return [];
  const { parse } = await import("yaml");
  try {
    return stringsOf(parse(text, { schema: "failsafe" }));
  } catch {
    // Whatever is wrong with it, what it says is secret.
    return text.split("\n").flatMap((line) => [line, line.slice(line.indexOf(":") + 1)]);
  }
};

const CREDENTIAL = /^\s*(?:client-key-data|token|password):\s*(\S+)\s*$/gm;

const credentialsIn = (text: string): string[] =>
  [...text.matchAll(CREDENTIAL)].flatMap(([, value = ""]) => [value, Buffer.from(value, "base64").toString("utf8")]);

const stringsIn = (json: string): string[] => {
  try {
    return stringsOf(JSON.parse(json)).filter((text) => !text.includes("BEGIN CERTIFICATE"));
  } catch {
    return [json];
  }
};

const stringsOf = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsOf) : [];
};

/** Texts of the files of a folder and one level below; none of a folder that is not there. */
const filesBelow = async (dir: string, name: RegExp = /./): Promise<string[]> => {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const texts = await Promise.all(
    entries.map(async (entry) => {
      const at = path.join(dir, entry.name);
      if (!entry.isDirectory()) return name.test(entry.name) ? [await readFile(at, "utf8")] : [];
      const inner = await readdir(at, { withFileTypes: true }).catch(() => []);
      const files = inner.filter((one) => one.isFile() && name.test(one.name));
      return Promise.all(files.map((one) => readFile(path.join(at, one.name), "utf8")));
    }),
  );
  return texts.flat();
};
