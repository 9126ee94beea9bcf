import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { AnyObject } from "../../../k8s/types.ts";
import type { PodContext } from "./pod-context.ts";
import type { Mount } from "./process/mount-script.ts";

/** `/etc/hosts` and, where the cluster has a name server, `/etc/resolv.conf` of a pod. */
export const nameFiles = async (context: PodContext): Promise<Mount[]> => {
  const { node, dir } = context;
  const folder = path.join(dir, "etc");
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const mounts = [{ source: path.join(folder, "hosts"), target: "/etc/hosts", readOnly: false }];
  await updateHosts(context);
  if (node.nameserver === undefined) return mounts;
  const { clusterDomain: domain, nameserver } = node;
  const namespace = context.pod().metadata.namespace ?? "";
  const search = [`${namespace}.svc.${domain}`, `svc.${domain}`, domain].join(" ");
  const resolv = path.join(folder, "resolv.conf");
  await writeFile(resolv, `search ${search}\nnameserver ${nameserver}\noptions ndots:5\n`);
  return [...mounts, { source: resolv, target: "/etc/resolv.conf", readOnly: false }];
};

const written = new WeakMap<PodContext, string>();

/** Writes the file in place: it is mounted, a new one would not be seen. */
export const updateHosts = async (context: PodContext): Promise<void> => {
  const { node, podIP, dir } = context;
  const { metadata, spec } = context.pod();
  const own = [spec.hostname ?? metadata.name];
  if (spec.subdomain !== undefined)
    own.unshift(`${own[0] ?? ""}.${spec.subdomain}.${metadata.namespace ?? ""}.svc.${node.clusterDomain}`);
  const lines = [
    "127.0.0.1 localhost",
    "::1 localhost ip6-localhost ip6-loopback",
    `${podIP} ${own.join(" ")}`,
    ...(spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip} ${hostnames.join(" ")}`),
    ...node.sources.services().flatMap((service) => serviceLine(service, metadata.namespace ?? "", node.clusterDomain)),
    ...[...node.names()].map(([name, address]) => `${address} ${name}`),
    ...(await machineLines()),
  ];
  const text = `${lines.join("\n")}\n`;
  if (written.get(context) === text) return;
  await writeFile(path.join(dir, "etc", "hosts"), text, { mode: 0o644 });
  // Not before: the folder may not be there yet, and then the first start of a container writes it.
  written.set(context, text);
};

/** What the machine itself knows of other hosts: a proxy's name may be there only. */
const machineLines = async (): Promise<string[]> =>
  (await readFile("/etc/hosts", "utf8").catch(() => ""))
    .split("\n")
    .filter((line) => /^\s*[^#\s]/.test(line) && !/\slocalhost\b/.test(line));

const serviceLine = ({ metadata, spec }: AnyObject, namespace: string, domain: string): string[] => {
  const { clusterIP = "" } = (spec ?? {}) as { clusterIP?: string };
  if (clusterIP === "" || clusterIP === "None") return [];
  const name = `${metadata.name}.${metadata.namespace ?? ""}`;
  const short = metadata.namespace === namespace ? ` ${metadata.name}` : "";
  return [`${clusterIP} ${name}.svc.${domain} ${name}.svc ${name}${short}`];
};
