import { expect, test } from "vitest";
import {
  alreadyExists,
  badRequest,
  conflict,
  notFound,
  unknownResource,
} from "../../../../../src/engine/embedded/api/status.ts";

const configMaps = { group: "", resource: "configmaps" };
const deployments = { group: "apps", resource: "deployments" };

/** Bodies of a real kube-apiserver 1.34. */
test.each([
  [
    notFound(deployments, "zz"),
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"deployments.apps \\"zz\\" not found","reason":"NotFound","details":{"name":"zz","group":"apps","kind":"deployments"},"code":404}',
  ],
  [
    alreadyExists(configMaps, "a"),
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"configmaps \\"a\\" already exists","reason":"AlreadyExists","details":{"name":"a","kind":"configmaps"},"code":409}',
  ],
  [
    conflict(
      configMaps,
      "a",
      "the object has been modified; please apply your changes to the latest version and try again",
    ),
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled on configmaps \\"a\\": the object has been modified; please apply your changes to the latest version and try again","reason":"Conflict","details":{"name":"a","kind":"configmaps"},"code":409}',
  ],
  [
    unknownResource(),
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404}',
  ],
  [
    badRequest("no"),
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"no","reason":"BadRequest","code":400}',
  ],
])("a refusal has Kubernetes' body: %s", ({ status }, body) => {
  expect(JSON.stringify(status)).toBe(body);
});
