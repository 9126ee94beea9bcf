import path from "node:path";
import { describe, expect, test } from "vitest";
import { places, platformPlaces } from "../../../src/state/places.ts";

const HOME = "/home/dev";

describe("folders", () => {
  test("are those of XDG on Linux", () => {
    expect(places({ HOME, XDG_RUNTIME_DIR: "/run/user/1000" }, "linux")).toEqual({
      state: "/home/dev/.local/state/choreo-dev",
      cache: "/home/dev/.cache/choreo-dev",
      runtime: "/run/user/1000/choreo-dev",
    });
  });

  test("are in Library on macOS", () => {
    expect(places({ HOME }, "darwin")).toMatchObject({
      state: "/home/dev/Library/Application Support/choreo-dev",
      cache: "/home/dev/Library/Caches/choreo-dev",
    });
  });

  test.each(["linux", "darwin"] as const)("follow the XDG variables on %s", (platform) => {
    expect(places({ HOME, XDG_STATE_HOME: "/s", XDG_CACHE_HOME: "/c" }, platform)).toMatchObject({
      state: "/s/choreo-dev",
      cache: "/c/choreo-dev",
    });
  });

  test.each(["", "relative/folder"])("ignore %j in an XDG variable", (value) => {
    const env = { HOME, XDG_STATE_HOME: value, XDG_CACHE_HOME: value, XDG_RUNTIME_DIR: value, TMPDIR: value };
    expect(places(env, "linux")).toEqual(places({ HOME }, "linux"));
  });

  test("for sockets are the user's own where all users share one", () => {
    const { runtime } = places({ HOME, TMPDIR: "/scratch" }, "linux");
    expect(runtime).toBe(`/scratch/choreo-dev-${process.getuid?.()}`);
  });
});

describe("a platform's places", () => {
  const under = (home: string, env: NodeJS.ProcessEnv = {}) =>
    platformPlaces(places({ HOME: home, ...env }, "linux"), "shop");

  test("are all in its folder, but the lock beside it, which outlives the folder", () => {
    const { dir, lock, supervisor, ...files } = under(HOME);
    expect(dir).toBe("/home/dev/.local/state/choreo-dev/shop");
    expect(path.dirname(lock)).toBe(path.dirname(dir));
    for (const file of [...Object.values(files), ...Object.values(supervisor)]) expect(path.dirname(file)).toBe(dir);
  });

  test("have a socket whose path fits the kernel, whatever the home folder", () => {
    const home = `/home/${"x".repeat(120)}`;
    const scratch = { TMPDIR: `/scratch/${"y".repeat(120)}` };
    const sockets = [under(home), under(home, scratch), under(home, { XDG_RUNTIME_DIR: "/run/user/1000" })];
    for (const { supervisor } of sockets) expect(Buffer.byteLength(supervisor.socket)).toBeLessThanOrEqual(100);
    expect(sockets[2]?.supervisor.socket).toMatch(/^\/run\/user\/1000\/choreo-dev\/[0-9a-f]{16}\.sock$/);
  });

  test("have different sockets for different homes", () => {
    const sockets = ["a", "b"].map((name) => under(`/home/${name.repeat(120)}`).supervisor.socket);
    expect(new Set(sockets).size).toBe(2);
  });
});
