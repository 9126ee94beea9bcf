import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { connectDocker } from "../../../src/docker/client.ts";
import { startFakeDocker } from "./fake-docker.ts";

const at = (socket: string): NodeJS.ProcessEnv => ({ DOCKER_HOST: `unix://${socket}` });

describe("connecting to Docker", () => {
  test("proves that it answers", async () => {
    await using fake = await startFakeDocker(() => undefined);
    const { host } = await connectDocker(at(fake.socket));
    expect(host.from).toBe("DOCKER_HOST");
    expect(fake.calls.map(({ path }) => path)).toEqual(["/_ping"]);
  });

  test("names the socket and what is wrong with it", async () => {
    const socket = path.join(tmpdir(), "choreo-no-such.sock");
    const failed = await connectDocker(at(socket)).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "E_NO_ENGINE" });
    expect((failed as { why: string }).why).toContain(socket);
  });

  test("says so when somebody answers who is not well", async () => {
    await using fake = await startFakeDocker(() => ({ status: 500, body: { message: "broken" } }));
    await expect(connectDocker(at(fake.socket))).rejects.toMatchObject({ code: "E_NO_ENGINE" });
  });

  test("refuses a file that is no socket", async () => {
    const dir = await mkdtemp(path.join(tmpdir(), "choreo-client-"));
    const file = path.join(dir, "docker.sock");
    await writeFile(file, "");
    await expect(connectDocker(at(file))).rejects.toMatchObject({ code: "E_NO_ENGINE" });
    await rm(dir, { recursive: true });
  });

  test.skipIf(process.getuid?.() === 0)(
    "tells a socket that the user may not open from one that is not there",
    async () => {
      await using fake = await startFakeDocker(() => undefined);
      await chmod(fake.socket, 0o000);
      await expect(connectDocker(at(fake.socket))).rejects.toMatchObject({ code: "E_ENGINE_PERMISSION" });
    },
  );
});
