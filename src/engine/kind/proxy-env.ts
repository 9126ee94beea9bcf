import type { NetworkSpec } from "../../config/model.ts";
import { REGISTRY_HOST } from "../../docker/registry.ts";

/** Proxy variables for nodes and builders. What is on this machine or inside the platform never goes through a proxy. */
export const proxyEnv = ({ proxy, pool }: NetworkSpec): Record<string, string> => {
  const { http, https, no } = proxy;
  if (http === undefined && https === undefined) return {};
  const direct = [
    ...no,
    "localhost",
    "127.0.0.0/8",
    "::1",
    pool,
    ".svc",
    ".cluster.local",
    ".internal",
    REGISTRY_HOST.split(":")[0],
  ];
  return {
    ...(http === undefined ? {} : { HTTP_PROXY: http }),
    ...(https === undefined ? {} : { HTTPS_PROXY: https }),
    NO_PROXY: [...new Set(direct)].join(","),
  };
};
