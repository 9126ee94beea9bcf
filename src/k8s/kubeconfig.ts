import { ChoreoError } from "../lib/errors.ts";
import type { Endpoint } from "./types.ts";

interface Named {
  name: string;
}

interface Kubeconfig {
  "current-context"?: string;
  clusters?: (Named & { cluster: { server?: string; "certificate-authority-data"?: string } })[];
  users?: (Named & { user: { "client-certificate-data"?: string; "client-key-data"?: string; token?: string } })[];
  contexts?: (Named & { context: { cluster: string; user: string } })[];
}

const LISTS = ["clusters", "users", "contexts"] as const;

/** Where a context of a kubeconfig leads. Only embedded credentials are read: files and plugins are `E_UNSUPPORTED`. */
export const endpointFromKubeconfig = async (text: string, context?: string): Promise<Endpoint> => {
  const { parse } = await import("yaml");
  const config = (parse(text) ?? {}) as Kubeconfig;
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
 * Puts the entries of `source` into `target`, comments and order of everything else kept. An entry of the same name that
 * leads to another place than a cluster of ours is `E_FOREIGN_CLUSTER`; the current context changes only when asked.
 */
export const mergeKubeconfig = async (
  target: string,
  source: string,
  options: { readonly current: boolean },
): Promise<string> => {
  const { parseDocument, parse } = await import("yaml");
  const added = parse(source) as Kubeconfig;
  const document = parseDocument(target.trim() === "" ? "apiVersion: v1\nkind: Config\n" : target);
  if (document.errors.length > 0) throw unreadable(document.errors[0]?.message ?? "");
  const existing = (document.toJS() ?? {}) as Kubeconfig;
  refuseForeign(existing, added);
  for (const list of LISTS) {
    const kept = ((existing[list] ?? []) as Named[]).filter(
      ({ name }) => !(added[list] ?? []).some((one) => one.name === name),
    );
    if (
      document.get(list, true) === undefined ||
      (existing[list] ?? []).length === 0 ||
      kept.length < (existing[list] ?? []).length
    ) {
      document.set(list, document.createNode([...kept, ...(added[list] ?? [])]));
    } else {
      for (const entry of added[list] ?? []) document.addIn([list], document.createNode(entry));
    }
  }
  if (options.current) document.set("current-context", added["current-context"]);
  return document.toString({ lineWidth: 0 });
};

/** Takes entries out by their names; returns the names of the contexts that were there. */
export const unmergeKubeconfig = async (
  text: string,
  names: readonly string[],
): Promise<{ text: string; removed: string[] }> => {
  const { isMap, isSeq, parseDocument } = await import("yaml");
  const document = parseDocument(text);
  if (document.errors.length > 0) return { text, removed: [] };
  const removed: string[] = [];
  for (const list of LISTS) {
    const entries = document.get(list, true);
    if (!isSeq(entries)) continue;
    entries.items = entries.items.filter((item) => {
      const name = isMap(item) ? item.get("name") : undefined;
      if (typeof name !== "string" || !names.includes(name)) return true;
      if (list === "contexts") removed.push(name);
      return false;
    });
  }
  const current = document.get("current-context");
  if (typeof current === "string" && names.includes(current)) document.set("current-context", "");
  return removed.length === 0 ? { text, removed } : { text: document.toString({ lineWidth: 0 }), removed };
};

const refuseForeign = (existing: Kubeconfig, added: Kubeconfig): void => {
  for (const { name, cluster } of added.clusters ?? []) {
    const other = existing.clusters?.find((one) => one.name === name)?.cluster;
    if (other === undefined || other.server === cluster.server || isLoopback(other.server)) continue;
    throw new ChoreoError("E_FOREIGN_CLUSTER", `The kubeconfig has a cluster ${name} already, at ${other.server}`, {
      why: "it is not this platform's",
      fix: `rename it first: kubectl config rename-context ${name} NEW-NAME`,
    });
  }
};

/** A platform that was made again has another port: an old entry on loopback is our own. */
const isLoopback = (server: string | undefined): boolean =>
  server !== undefined && new URL(server).hostname === "127.0.0.1";

const unreadable = (why: string): ChoreoError =>
  new ChoreoError("E_CONFIG", "Your kubeconfig is not valid YAML", {
    why,
    fix: "nothing was written; repair the file first",
  });
