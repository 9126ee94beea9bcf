import { describe, expect, test } from "vitest";
import { formatImage, parseImage } from "../../../src/docker/image-name.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("an image reference", () => {
  test.each([
    ["nginx", "docker.io/library/nginx:latest"],
    ["nginx:1.26", "docker.io/library/nginx:1.26"],
    ["team/app:dev", "docker.io/team/app:dev"],
    ["docker.io/nginx:1", "docker.io/library/nginx:1"],
    ["index.docker.io/team/app:1", "docker.io/team/app:1"],
    ["quay.io/a/b/c:v1", "quay.io/a/b/c:v1"],
    ["localhost/app:1", "localhost/app:1"],
    ["localhost:5000/app", "localhost:5000/app:latest"],
    ["choreo-registry:5000/acme/app:1", "choreo-registry:5000/acme/app:1"],
    [`nginx@${DIGEST}`, `docker.io/library/nginx@${DIGEST}`],
    [`ghcr.io/a/b:1@${DIGEST}`, `ghcr.io/a/b:1@${DIGEST}`],
  ])("%s is %s", (reference, whole) => {
    expect(formatImage(parseImage(reference))).toBe(whole);
  });

  test("stays what it is when it is written out already", () => {
    const whole = "docker.io/library/nginx:1.26";
    expect(formatImage(parseImage(whole))).toBe(whole);
  });
});
