import { type Case, type Step, get, post } from "../case.ts";

const one = (id: string, ...steps: Step[]): Case => ({ id: `discovery-${id}`, steps });

/** How clients find out what there is. */
export const discoveryCases: readonly Case[] = [
  one("core", get("/api/v1")),
  one("apps", get("/apis/apps/v1")),
  one("batch", get("/apis/batch/v1")),
  one("group", get("/apis/apps")),
  one("custom", get("/apis/differential.choreo.dev/v1")),
  one("custom-group", get("/apis/differential.choreo.dev")),
  one("unknown-group", get("/apis/nix.test")),
  one("unknown-version", get("/apis/apps/v9")),
  one("nowhere", get("/nowhere")),
  one("unknown-resource", get("/api/v1/namespaces/{ns}/frobs")),
  one("unknown-cluster-resource", get("/apis/apps/v1/frobs")),
  one("post-to-group", post("/apis/apps", {})),
  one("put-collection", { method: "PUT", path: "/api/v1/namespaces/{ns}/configmaps", body: {} }),
  one("cluster-resource-in-namespace", get("/api/v1/namespaces/{ns}/nodes")),
  one("livez", get("/livez")),
];
