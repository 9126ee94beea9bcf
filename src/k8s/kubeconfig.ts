import { ChoreoError, messageOf } from "../lib/errors.ts";
import { changeNamedLists } from "../lib/yaml-lists.ts";
import type { Endpoint } from "./types.ts";

interface Named {
  readonly name: string;
}

interface Kubeconfig {
  "current-context"?: string;
  clusters?: readonly (Named & { cluster: { server?: string; "certificate-authority-data"?: string } })[];
  users?: readonly (Named & {
    user: { "client-certificate-data"?: string; "client-key-data"?: string; token?: string };
  })[];
  contexts?: readonly (Named & { context: { cluster: string; user: string } })[];
}

const LISTS = ["clusters", "users", "contexts"] as const;

/** Where a context of a kubeconfig leads. Only embedded credentials are read: files and plugins are `E_UNSUPPORTED`. */
export const endpointFromKubeconfig = async (text: string, context?: string): Promise<Endpoint> => {
  const config = await read(text, "The kubeconfig");
  const name = context ?? config["current-context"];
  const found = config.contexts?.find((one) => one.name === name)?.context;
  const cluster = config.clusters?.find((one) => one.name === found?.cluster)?.cluster;
  const user = config.users?.find((one) => one.name === found?.user)?.user;
  const ca = cluster?.["certificate-authority-data"];
  if (cluster?.server === undefined || ca === undefined || user === undefined) {
    throw new ChoreoError("E_UNSUPPORTED", `Context ${name ?? "(none)"} cannot be used`, {
      why: "its cluster and user have to be in the file, with certificate-authority-data",
      fix: "kubectl config view --raw --flatten --minify",
    });
  }
  return {
    server: cluster.server,
    ca: decode(ca),
    clientCert: user["client-certificate-data"] === undefined ? undefined : decode(user["client-certificate-data"]),
    clientKey: user["client-key-data"] === undefined ? undefined : decode(user["client-key-data"]),
    token: user.token,
  };
};

const decode = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

/**
 * Puts the entries of `source` into `target`, whose other bytes stay as they are. An entry of the same name that leads to
 * another place than a cluster of ours is `E_FOREIGN_CLUSTER`; the current context changes only when asked.
 */
export const mergeKubeconfig = async (
  target: string,
  source: string,
  options: { readonly current: boolean },
): Promise<string> => {
  const added = await read(source, "The kubeconfig of the platform");
  const text = target.trim() === "" ? "apiVersion: v1\nkind: Config\n" : target;
  refuseForeign(await read(text, "Your kubeconfig"), added);
  const current = options.current ? added["current-context"] : undefined;
  return changeNamedLists(text, {
    put: Object.fromEntries(LISTS.map((list) => [list, added[list] ?? []])),
    ...(current === undefined ? {} : { set: { "current-context": current } }),
  });
};

/**
 * Takes entries out by their names and returns those that were there. What leads to a foreign cluster stays. A current
 * context that goes leaves none.
 */
export const unmergeKubeconfig = async (
  text: string,
  names: readonly string[],
): Promise<{ text: string; removed: string[] }> => {
  // What cannot be read has nothing of ours that could be taken out, and is its owner's to repair.
  const config = await read(text, "Your kubeconfig").catch((): Kubeconfig => ({}));
  const removed = names
    .filter((name) => LISTS.some((list) => config[list]?.some((entry) => entry.name === name)))
    .filter((name) => !config.clusters?.some((entry) => entry.name === name && !isLoopback(entry.cluster.server)));
  if (removed.length === 0) return { text, removed };
  const current = config["current-context"];
  const without = await changeNamedLists(text, {
    drop: { lists: LISTS, names: removed },
    ...(current !== undefined && removed.includes(current) ? { set: { "current-context": "" } } : {}),
  });
  return { text: without, removed };
};

/** A kubeconfig with one context, whose cluster and user have the same name. */
export const kubeconfigText = (context: string, { server, ca, clientCert = "", clientKey = "" }: Endpoint): string => {
  const base64 = (pem: string): string => Buffer.from(pem).toString("base64");
  return [
    "apiVersion: v1",
    "kind: Config",
    `current-context: ${context}`,
    "clusters:",
    `  - name: ${context}`,
    `    cluster: { server: "${server}", certificate-authority-data: ${base64(ca)} }`,
    "users:",
    `  - name: ${context}`,
    "    user:",
    `      client-certificate-data: ${base64(clientCert)}`,
    `      client-key-data: ${base64(clientKey)}`,
    "contexts:",
    `  - name: ${context}`,
    `    context: { cluster: ${context}, user: ${context} }`,
    "",
  ].join("\n");
};

const read = async (text: string, title: string): Promise<Kubeconfig> => {
  const { parse } = await import("yaml");
  try {
    return (parse(text) ?? {}) as Kubeconfig;
  } catch (error) {
    throw new ChoreoError("E_CONFIG", `${title} is not valid YAML`, {
      why: messageOf(error),
      fix: "nothing was written; repair the file first",
      cause: error,
    });
  }
};

const refuseForeign = (existing: Kubeconfig, added: Kubeconfig): void => {
  for (const { name, cluster } of added.clusters ?? []) {
    const other = existing.clusters?.find((one) => one.name === name)?.cluster;
    if (other === undefined || other.server === cluster.server || isLoopback(other.server)) continue;
    throw new ChoreoError("E_FOREIGN_CLUSTER", `The kubeconfig has a cluster ${name} already, at ${other.server}`, {
      why: "it is not this platform's",
      fix: `if it is no longer used: kubectl config delete-cluster ${name}`,
    });
  }
};

/** A platform that was made again has another port and CA: an old entry of its name on loopback is our own. */
const isLoopback = (server = ""): boolean =>
  URL.canParse(server) && ["127.0.0.1", "[::1]", "localhost"].includes(new URL(server).hostname);
