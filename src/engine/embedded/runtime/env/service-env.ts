import type { AnyObject } from "../../../../k8s/types.ts";

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
}

/** `NAME_SERVICE_HOST`, `NAME_SERVICE_PORT` and the link variables of the services of a namespace, as Kubernetes sets them. */
export const serviceEnv = (services: readonly AnyObject[], namespace: string, links: boolean): Map<string, string> => {
  const env = new Map<string, string>();
  for (const { metadata, spec } of services) {
    const isApi = metadata.namespace === "default" && metadata.name === "kubernetes";
    if (!isApi && (!links || metadata.namespace !== namespace)) continue;
    const { clusterIP = "", ports = [] } = (spec ?? {}) as ServiceSpec;
    const [first] = ports;
    if (clusterIP === "" || clusterIP === "None" || first === undefined) continue;
    const prefix = nameOf(metadata.name);
    env.set(`${prefix}_SERVICE_HOST`, clusterIP);
    env.set(`${prefix}_SERVICE_PORT`, String(first.port));
    for (const { name = "", port } of ports)
      if (name !== "") env.set(`${prefix}_SERVICE_PORT_${nameOf(name)}`, String(port));
    ports.forEach(({ port, protocol = "TCP" }, at) => {
      const url = `${protocol.toLowerCase()}://${clusterIP}:${port}`;
      if (at === 0) env.set(`${prefix}_PORT`, url);
      const link = `${prefix}_PORT_${port}_${protocol}`;
      env.set(link, url);
      env.set(`${link}_PROTO`, protocol.toLowerCase());
      env.set(`${link}_PORT`, String(port));
      env.set(`${link}_ADDR`, clusterIP);
    });
  }
  return env;
};

/**
 * Where client libraries look for the API server. It is named by its own port, not by its service's: that one is 443, which not
 * every user may listen on.
 */
export const apiEnv = (api: { readonly host: string; readonly port: number } | undefined): Map<string, string> =>
  new Map(
    api === undefined
      ? []
      : [
          ["KUBERNETES_SERVICE_HOST", api.host],
          ["KUBERNETES_SERVICE_PORT", String(api.port)],
          ["KUBERNETES_SERVICE_PORT_HTTPS", String(api.port)],
        ],
  );

const nameOf = (name: string): string => name.toUpperCase().replaceAll("-", "_");
