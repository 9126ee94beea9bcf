import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { redact } from "../../../src/lib/redact.ts";

describe("redaction", () => {
  test.each([
    ["a password", "password=s3cret"],
    ["a quoted password", '"password": "s3cret"'],
    ["a token in YAML", "token: s3cret"],
    ["a client key of a kubeconfig", "client-key-data: s3cret"],
    ["a URL's credentials", "https://me:s3cret@registry.example/v2/"],
    ["an authorization header", "authorization: Bearer s3cret"],
    ["an authorization header of a registry", 'authorization = ["Basic s3cret"]'],
    ["a flag with its value behind it", "helm registry login --password s3cret"],
    ["letters of any size", "PASSWORD=s3cret"],
  ])("hides %s", (_what, text) => {
    const hidden = redact(text);
    expect(hidden).not.toContain("s3cret");
    expect(hidden).toContain("***");
  });

  test("hides a private key, and leaves what is around it", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(redact(`before\n${pem}after`)).toBe("before\n***\nafter");
  });

  test("hides each of several secrets", () => {
    expect(redact("password=one token=two password=three")).toBe("password=*** token=*** password=***");
  });

  test("twice is the same as once", () => {
    const once = redact('{"token":"one"} https://a:b@c/');
    expect(redact(once)).toBe(once);
  });

  test("leaves JSON readable as JSON", () => {
    const text = JSON.stringify({ password: "a b", next: 1, evidence: ["token=x", "y"] });
    expect(JSON.parse(redact(text))).toMatchObject({ next: 1 });
  });

  test.each([
    "Error: 3 tokens left",
    "secrets/choreo.secrets.yaml: no such file",
    "https://registry.example:5000/v2/",
    "pulled docker.io/library/nginx:1.26",
  ])("leaves %j as it is", (text) => {
    expect(redact(text)).toBe(text);
  });
});
