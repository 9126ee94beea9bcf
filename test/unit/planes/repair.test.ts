import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import type { Finding } from "../../../src/engine/engine.ts";
import { interruption } from "../../../src/planes/interrupted.ts";
import { repairFindings } from "../../../src/planes/repair.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const signal = new AbortController().signal;

const holdPort = async (): Promise<number> => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as net.AddressInfo).port;
};

const taken = (port: number): Finding => ({
  id: `port-${port}`,
  level: "refuse",
  code: "E_PORT_TAKEN",
  message: `127.0.0.1:${port} is taken`,
  fixable: true,
});

describe("repairing what was found", () => {
  test("moves a gateway off a taken port, in the file too", async () => {
    const port = await holdPort();
    const cwd = temporaryFolder();
    const file = path.join(cwd, "choreo-dev.yaml");
    writeFileSync(
      file,
      `apiVersion: choreo-dev/v1alpha1\nkind: Platform\nplanes:\n  data:\n    - name: us\n      gateway: { port: ${port} } # ours\n`,
    );
    const loaded = await loadConfig({ cwd, env: {} });
    const repaired = await repairFindings(loaded, [taken(port)], signal);
    const moved = repaired.loaded.platform.planes.data[0]?.gateway.port;
    expect(moved).not.toBe(port);
    expect(repaired.findings).toMatchObject([{ level: "ok" }]);
    expect(repaired.done[0]).toContain(`port ${port} is taken, ${moved} was written to ${file}`);
    expect(readFileSync(file, "utf8")).toContain(`gateway: { port: ${moved} } # ours`);
    expect((await loadConfig({ cwd, env: {} })).platform).toEqual(repaired.loaded.platform);
  });

  test("leaves what only the user can decide", async () => {
    const loaded = await loadConfig({ cwd: temporaryFolder(), env: {} });
    const findings: Finding[] = [
      { id: "disk", level: "refuse", code: "E_DISK", message: "full", fix: "make room" },
      { id: "docker", level: "ok", message: "there" },
    ];
    expect(await repairFindings(loaded, findings, signal)).toEqual({ loaded, findings, done: [] });
  });
});

describe("an interrupted up", () => {
  const cluster = (state: "running" | "half-made") => ({
    name: "shop",
    state,
    nodeImage: "kindest/node:v1.34.2",
    podSubnet: undefined,
    serviceSubnet: undefined,
    ports: [],
    settings: undefined,
  });

  test.each([
    [[], "the platform is not complete"],
    [[cluster("running"), cluster("half-made")], "1 cluster is half made"],
    [[cluster("half-made"), cluster("half-made")], "2 clusters are half made"],
  ])("says what it left", (clusters, text) => {
    expect(interruption(clusters, undefined)).toMatchObject({
      code: "E_INTERRUPTED",
      message: `${text}; nothing outside the platform was touched`,
      fix: "continue: choreo-dev up   remove: choreo-dev down",
    });
  });
});
