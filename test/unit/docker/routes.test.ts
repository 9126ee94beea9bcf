import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hostRoutes } from "../../../src/docker/routes.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), "choreo-routes-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const TABLE = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0102000A	0003	0	0	0	00000000	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
tun0	0000600A	00000000	0001	0	0	0	0000E0FF	0	0	0
`;

describe("routes of this machine", () => {
  test("are all but the default one", async () => {
    const file = path.join(dir, "route");
    await writeFile(file, TABLE);
    expect(await hostRoutes(file)).toEqual(["172.17.0.0/16", "10.96.0.0/11"]);
  });

  test("are none where the system does not tell", async () => {
    expect(await hostRoutes(path.join(dir, "none"))).toEqual([]);
  });
});
