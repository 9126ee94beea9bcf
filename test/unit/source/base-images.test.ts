import { describe, expect, test } from "vitest";
import { baseImages } from "../../../src/source/base-images.ts";

describe("the images that a Dockerfile builds on", () => {
  test.each([
    ["one image", "FROM node:20-slim\n", ["docker.io/library/node:20-slim"]],
    ["options before it", "FROM --platform=$BUILDPLATFORM quay.io/a/b:1 AS x\n", ["quay.io/a/b:1"]],
    ["stages of its own", "FROM node:20 AS base\nFROM base AS test\nFROM base\n", ["docker.io/library/node:20"]],
    ["nothing", "FROM scratch\n", []],
    ["an argument with a default", "ARG V=20\nFROM node:${V}-slim\n", ["docker.io/library/node:20-slim"]],
    ["a default in the reference", "FROM node:${V:-22}\n", ["docker.io/library/node:22"]],
    ["an argument that only a build knows", "ARG V\nFROM node:$V\n", []],
    [
      "files of other images",
      "FROM alpine:3 AS a\nCOPY --from=busybox:1.37 /bin/sh /\nCOPY --from=a /x /\nCOPY --from=0 /y /\n",
      ["docker.io/library/alpine:3", "docker.io/library/busybox:1.37"],
    ],
    [
      "lines that go on, and remarks",
      "# FROM no:1\nFROM \\\n  python:3.13-slim\n",
      ["docker.io/library/python:3.13-slim"],
    ],
  ])("are found: %s", (_what, text, images) => {
    expect(baseImages(text)).toEqual(images);
  });
});
