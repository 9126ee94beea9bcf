import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findDockerHosts, isLocal, optionsOf } from "../../../src/docker/docker-host.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "choreo-docker-host-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const writeContext = async (name: string, url: string): Promise<string> => {
  const id = createHash("sha256").update(name).digest("hex");
  const folder = path.join(home, ".docker", "contexts", "meta", id);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "meta.json"), JSON.stringify({ Name: name, Endpoints: { docker: { Host: url } } }));
  return path.join(home, ".docker", "contexts", "tls", id, "docker");
};

const writeConfig = async (config: unknown): Promise<void> => {
  await mkdir(path.join(home, ".docker"), { recursive: true });
  await writeFile(path.join(home, ".docker", "config.json"), JSON.stringify(config));
};

const writeCertificates = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const file of ["ca", "cert", "key"]) await writeFile(path.join(folder, `${file}.pem`), file);
};

describe("where Docker is", () => {
  test("is what DOCKER_HOST says, whatever the context", async () => {
    await writeConfig({ currentContext: "colima" });
    const [host] = await findDockerHosts({ HOME: home, DOCKER_HOST: "tcp://build:2375" });
    expect(host).toMatchObject({ url: "tcp://build:2375", from: "DOCKER_HOST" });
    expect(isLocal(host)).toBe(false);
  });

  test("is the current context's, and DOCKER_CONTEXT's before it", async () => {
    await writeContext("colima", "unix:///colima.sock");
    await writeContext("other", "ssh://me@host");
    await writeConfig({ currentContext: "colima" });
    expect(await findDockerHosts({ HOME: home })).toEqual([
      { url: "unix:///colima.sock", from: "docker context colima" },
    ]);
    expect(await findDockerHosts({ HOME: home, DOCKER_CONTEXT: "other" })).toMatchObject([{ url: "ssh://me@host" }]);
  });

  test("is the system's socket without either, with the rootless one behind it", async () => {
    await writeConfig({ currentContext: "default" });
    const hosts = await findDockerHosts({ HOME: home, XDG_RUNTIME_DIR: "/run/user/7" });
    expect(hosts.map(({ url }) => url)).toEqual([
      "unix:///var/run/docker.sock",
      "unix:///run/user/7/docker.sock",
      `unix://${home}/.docker/run/docker.sock`,
    ]);
  });

  test("is refused when the context does not exist", async () => {
    await writeConfig({ currentContext: "gone" });
    await expect(findDockerHosts({ HOME: home })).rejects.toMatchObject({ code: "E_NO_ENGINE" });
  });
});

describe("options for the client", () => {
  test("bring the certificates of a context along", async () => {
    await writeCertificates(await writeContext("team", "tcp://build:2376"));
    const [host] = await findDockerHosts({ HOME: home, DOCKER_CONTEXT: "team" });
    expect(await optionsOf(host, {})).toEqual({
      protocol: "https",
      host: "build",
      port: 2376,
      ca: "ca",
      cert: "cert",
      key: "key",
    });
  });

  test("use TLS when DOCKER_TLS_VERIFY asks for it", async () => {
    await writeCertificates(path.join(home, "certs"));
    const env = {
      HOME: home,
      DOCKER_HOST: "build:2376",
      DOCKER_TLS_VERIFY: "1",
      DOCKER_CERT_PATH: path.join(home, "certs"),
    };
    const [host] = await findDockerHosts(env);
    expect(await optionsOf(host, env)).toMatchObject({ protocol: "https", host: "build" });
  });

  test("are refused when a certificate is missing", async () => {
    const env = { HOME: home, DOCKER_HOST: "tcp://build:2376", DOCKER_TLS_VERIFY: "1" };
    const [host] = await findDockerHosts(env);
    await expect(optionsOf(host, env)).rejects.toMatchObject({ code: "E_NO_ENGINE" });
  });

  test("take user and agent of an SSH address", async () => {
    const host = { url: "ssh://me@build:2222", from: "DOCKER_HOST" };
    expect(await optionsOf(host, { SSH_AUTH_SOCK: "/agent" })).toEqual({
      protocol: "ssh",
      host: "build",
      port: 2222,
      username: "me",
      sshOptions: { agent: "/agent" },
    });
  });

  test.each(["tcp://", "ftp://build", "::"])("are refused for the address %s", async (address) => {
    const [host] = await findDockerHosts({ HOME: home, DOCKER_HOST: address });
    await expect(optionsOf(host, {})).rejects.toMatchObject({ code: "E_NO_ENGINE" });
  });
});
