import { type Case, type Step, configMap, configMaps, get, post } from "../case.ts";

const one = (id: string, ...steps: Step[]): Case => ({ id: `bad-${id}`, steps });
const body = (id: string, text: unknown, more: object = {}): Case => one(id, post(configMaps, text, more));

/** Bodies and paths that nobody should send. */
export const badInputCases: readonly Case[] = [
  body("half-json", "{"),
  body("empty", ""),
  body("text", "hello"),
  body("null", "null"),
  body("array", "[]"),
  body("number", "5"),
  body("string", '"x"'),
  body("wrong-data", { ...configMap("a"), data: "x" }),
  body("wrong-value", { ...configMap("a"), data: { k: 1 } }),
  body("wrong-metadata", { ...configMap("a"), metadata: "x" }),
  body("wrong-labels", configMap("a", {}, { labels: ["a"] })),
  body("media-type", configMap("a"), { type: "text/plain" }),
  body("protobuf-garbage", Buffer.from("k8s\0garbage"), { type: "application/vnd.kubernetes.protobuf" }),
  body("too-large", configMap("a", { k: "x".repeat(1_200_000) })),
  one("path-dots", get("/api/v1/namespaces/{ns}/configmaps/..%2f..%2fsecrets")),
  one("path-empty", get("/api/v1/namespaces//configmaps")),
  one("path-slash", get("/api/v1/namespaces/{ns}/configmaps/a%2fb")),
  one("trailing-slash", get("/api/v1/namespaces/{ns}/configmaps/")),
];
