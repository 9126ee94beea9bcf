import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { AnyObject } from "../../src/k8s/types.ts";
import { docker } from "../helpers/docker.ts";
import { restartDocker } from "../helpers/restart-docker.ts";
import { command } from "./commands.ts";
import { startFaultProxy } from "./fault-proxy.ts";
import { acknowledged, sent } from "./model.ts";
import { killNow } from "./processes.ts";
import type { FaultWorld } from "./world.ts";

/** Writes through the API as fast as they are answered. What is answered must never be lost. */
export const writeThroughApi = async (world: FaultWorld, count: number): Promise<void> => {
  const { model } = world;
  const client = await world.client().catch(() => undefined);
  if (client === undefined) return void world.missed.push("write");
  try {
    for (let at = 0; at < count; at++) {
      const key = `write-${at % 7}`;
      const value = String(++world.version);
      sent(model.writes, key, value);
      const metadata = { name: key, namespace: "default" };
      await client.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } }, { timeoutMs: 5000 });
      acknowledged(model.writes, key, value);
    }
  } catch (error) {
    if (model.healthy) world.broken.push(`a write failed on a healthy platform: ${String(error)}`);
  } finally {
    client.close();
  }
};

export const killSupervisor = async (world: FaultWorld): Promise<void> => {
  world.model.healthy = false;
  const found = world.supervisors();
  if (found.length === 0) world.missed.push("kill-supervisor");
  for (const { pid } of found) killNow(pid);
};

/** Every process of every pod. They are started again by themselves: the platform stays healthy. */
export const killPods = async (world: FaultWorld): Promise<void> => {
  if (world.engine === "kind") return killPodsOfNode(world);
  const pods = world.pods();
  if (pods.length === 0) world.missed.push("kill-pods");
  for (const { pid } of pods) killNow(pid);
};

const killPodsOfNode = async (world: FaultWorld): Promise<void> => {
  world.model.healthy = false;
  const programs = ["traefik", "cilium-agent", "http.server"];
  const killed = await Promise.all(
    programs.map((program) =>
      docker("exec", `${world.name}-control-plane`, "pkill", "-9", "-f", program).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (!killed.includes(true)) world.missed.push("kill-pods");
};

export const killContainer = async (world: FaultWorld, name: "control-plane" | "registry"): Promise<void> => {
  world.model.healthy = false;
  await docker("kill", `${world.name}-${name}`).catch(() => world.missed.push(`kill-${name}`));
};

export const hangSupervisor = async (world: FaultWorld, ms: number): Promise<void> => {
  const found = world.supervisors();
  if (found.length === 0) return void world.missed.push("hang-supervisor");
  for (const { pid } of found) killNow(pid, "SIGSTOP");
  await delay(ms);
  for (const { pid } of found) killNow(pid, "SIGCONT");
};

const DATA_PLANE = { apiVersion: "core.choreo.dev/v1", kind: "DataPlane", namespace: "default-org" } as const;

interface PlaneSpec {
  readonly kubernetesCluster: { readonly credentials: { readonly apiServerURL: string } };
}

/** Leads the controller's connections to the data plane through a proxy of our own, and disturbs them there. */
export const disturbConnections = async (world: FaultWorld, kind: "cut" | "halfOpen", ms: number): Promise<void> => {
  await leadThroughProxy(world).catch(() => undefined);
  if (world.proxy === undefined) return void world.missed.push("connections");
  world.model.healthy = false;
  await world.proxy[kind](ms);
};

const leadThroughProxy = async (world: FaultWorld): Promise<void> => {
  const client = await world.client();
  try {
    for (const plane of (await client.list(DATA_PLANE)).items) {
      const url = new URL(urlOf(plane));
      if (Number(url.port) === world.proxy?.port) continue;
      await world.proxy?.close();
      world.proxy = await startFaultProxy(Number(url.port));
      world.realServer = url.href;
      await setUrl(world, `https://127.0.0.1:${world.proxy.port}`);
    }
  } finally {
    client.close();
  }
};

/** The proxy goes away as it came, so that what follows is not judged by its absence. */
export const endProxy = async (world: FaultWorld): Promise<void> => {
  if (world.proxy === undefined || world.realServer === undefined) return;
  await setUrl(world, world.realServer, world.proxy.port).catch(() => undefined);
};

const setUrl = async (world: FaultWorld, apiServerURL: string, onlyWhenPort?: number): Promise<void> => {
  const client = await world.client();
  try {
    for (const plane of (await client.list(DATA_PLANE)).items) {
      if (onlyWhenPort !== undefined && !urlOf(plane).endsWith(`:${onlyWhenPort}`)) continue;
      const patch = { spec: { kubernetesCluster: { credentials: { apiServerURL } } } };
      await client.mergePatch({ ...DATA_PLANE, name: plane.metadata.name }, patch);
    }
  } finally {
    client.close();
  }
};

const urlOf = (plane: AnyObject): string => (plane["spec"] as PlaneSpec).kubernetesCluster.credentials.apiServerURL;

/** The platform is stopped, somebody else takes its gateway's port, and `up` has to say so; then the port is free again. */
export const stealPort = async (world: FaultWorld): Promise<void> => {
  const port = gatewayPort(world);
  if (port === undefined || (await command(world, "stop")).code !== 0) return void world.missed.push("steal-port");
  const thief = net.createServer();
  thief.listen(port, "127.0.0.1");
  await once(thief, "listening");
  world.model.healthy = false;
  const { code, stderr } = await world.run(["up"]);
  if (code !== 3 || !stderr.includes("E_PORT_TAKEN"))
    world.broken.push(`up with a stolen port exited with ${code}:\n${stderr}`);
  thief.close();
  await once(thief, "close");
};

const gatewayPort = ({ stateDir, name }: FaultWorld): number | undefined => {
  try {
    const record = JSON.parse(readFileSync(path.join(stateDir, "clusters", name, "cluster.json"), "utf8")) as {
      gatewayPorts: Record<string, number>;
    };
    return Object.values(record.gatewayPorts)[0];
  } catch {
    return undefined;
  }
};

/** The platform's disk, a small tmpfs, is full to its last block while there are writes; then there is room again. */
export const fullDisk = async (world: FaultWorld, writes: number): Promise<void> => {
  const root = path.join(world.home, "state");
  const filler = path.join(root, "filler");
  world.model.healthy = false;
  const { bavail, bsize } = statfsSync(root);
  try {
    writeFileSync(filler, Buffer.alloc(bavail * bsize + bsize));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
  await writeThroughApi(world, writes);
  await world.run(["status"]);
  rmSync(filler, { force: true });
};

/** Tells the processes that have the preload what to feel. */
export const simulate = async (world: FaultWorld, faults: { clockMs?: number; syncMs?: number }): Promise<void> => {
  const file = path.join(world.home, "faults.json");
  writeFileSync(file, JSON.stringify(faults));
  for (const { pid } of world.supervisors()) killNow(pid, "SIGUSR2");
};

export const restartDockerd = async (world: FaultWorld): Promise<void> => {
  world.model.healthy = false;
  await restartDocker();
};

/** Whether this user may mount a small disk. */
export const canMount = (): boolean => {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync("sh", ["-c", "command -v mount && command -v umount"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
