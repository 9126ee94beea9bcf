import { parse, stringify } from "yaml";
import type { Endpoint } from "../../k8s/types.ts";
import { ChoreoError } from "../../lib/errors.ts";

interface AdminConf {
  clusters?: { cluster: { "certificate-authority-data": string } }[];
  users?: { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

/**
 * kubeadm's admin.conf, pointed at the published loopback port and named after the cluster: users of two clusters must
 * not share a name, or tools that cache credentials by user name mix them up.
 */
export const kubeconfigOf = async (
  admin: string,
  target: { readonly context: string; readonly server: string },
): Promise<{ text: string; endpoint: Endpoint }> => {
  const conf = parse(admin) as AdminConf;
  const ca = conf.clusters?.[0]?.cluster["certificate-authority-data"];
  const user = conf.users?.[0]?.user;
  if (ca === undefined || user === undefined) {
    throw new ChoreoError("E_CLUSTER_CREATE", "The node's admin.conf is not complete", { fix: "choreo-dev up" });
  }
  const name = target.context;
  const text = stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server: target.server, "certificate-authority-data": ca } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
  const pem = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");
  const endpoint = {
    server: target.server,
    ca: pem(ca),
    clientCert: pem(user["client-certificate-data"]),
    clientKey: pem(user["client-key-data"]),
  };
  return { text, endpoint };
};
