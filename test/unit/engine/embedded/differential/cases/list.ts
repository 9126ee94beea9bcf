import { type Case, type Step, configMap, configMaps, get, post } from "../case.ts";

const filled: readonly Step[] = ["a", "b", "c", "d"].map((name, index) =>
  post(
    configMaps,
    configMap(name, {}, { labels: { n: String(index), parity: index % 2 === 0 ? "even" : "odd" } }),
    index === 3 ? { keep: { rv: "metadata.resourceVersion" } } : {},
  ),
);
const one = (id: string, ...steps: Step[]): Case => ({ id: `list-${id}`, steps: [...filled, ...steps] });
// What every namespace gets by its controllers is not there with a bare API server.
const list = (query: string): Step => get(`${configMaps}?labelSelector=n&${query}`);

/** Lists: pages, selectors, versions. */
export const listCases: readonly Case[] = [
  one("all", get(`${configMaps}?labelSelector=n`)),
  one("empty", get("/api/v1/namespaces/nowhere-{ns}/configmaps")),
  one(
    "limit",
    get(`${configMaps}?labelSelector=n&limit=2`, { keep: { token: "metadata.continue" } }),
    get(`${configMaps}?labelSelector=n&limit=2&continue={token}`),
  ),
  one("limit-unselected", get("/apis/apps/v1/namespaces/{ns}/deployments?limit=1")),
  one("limit-large", list("limit=100")),
  one("limit-garbage", list("limit=x")),
  one("continue-garbage", list("continue=x")),
  one(
    "continue-tampered",
    list(`continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":5,"start":""}').toString("base64url")}`),
  ),
  one(
    "continue-version",
    list(`continue=${Buffer.from('{"v":"meta.k8s.io/v2","rv":5,"start":"a"}').toString("base64url")}`),
  ),
  one(
    "continue-with-version",
    list(
      `resourceVersion=5&continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":5,"start":"a"}').toString("base64url")}`,
    ),
  ),
  one("label-equals", get(`${configMaps}?labelSelector=parity%3Deven`)),
  one("label-in", get(`${configMaps}?labelSelector=n+in+(0,3)`)),
  one("label-not", get(`${configMaps}?labelSelector=parity,n!%3D0`)),
  one("label-wrong", get(`${configMaps}?labelSelector=%3D%3D`)),
  one("field-name", get(`${configMaps}?fieldSelector=metadata.name%3Db`)),
  one("field-not-name", get(`${configMaps}?labelSelector=n&fieldSelector=metadata.name!%3Db`)),
  one("field-unknown", get(`${configMaps}?fieldSelector=data.k%3Db`)),
  one("version-zero", list("resourceVersion=0")),
  one("version-exact", list("resourceVersion={rv}&resourceVersionMatch=Exact")),
  one("version-newer", list("resourceVersion={rv}&resourceVersionMatch=NotOlderThan")),
  one("match-without-version", list("resourceVersionMatch=Exact")),
  one("match-wrong", list("resourceVersion={rv}&resourceVersionMatch=Sometimes")),
  one("match-exact-zero", list("resourceVersion=0&resourceVersionMatch=Exact")),
  one("version-garbage", list("resourceVersion=abc")),
  one("send-initial-events", list("sendInitialEvents=true")),
  one(
    "metadata-only",
    get(`${configMaps}?labelSelector=n`, {
      accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    }),
  ),
  one(
    "metadata-one",
    get(`${configMaps}/a`, { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" }),
  ),
  one("accept-unknown", get(configMaps, { accept: "text/html" })),
  one("accept-any", get(`${configMaps}/a`, { accept: "*/*" })),
  one("accept-order", get(`${configMaps}/a`, { accept: "text/html, application/json" })),
  one("get-missing", get(`${configMaps}/zz`)),
  one("get-version-future", get(`${configMaps}/a?resourceVersion=99999999`)),
];
