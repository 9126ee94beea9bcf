import { expect, test } from "vitest";
import { processesWith } from "../../../../helpers/docker.ts";
import { untilTrue } from "../../../../helpers/until.ts";
import { createRuntimeWorld, shell } from "./world.ts";

test("a runtime that comes back runs its pods again and leaves nothing of its earlier life", async () => {
  const world = await createRuntimeWorld();
  try {
    const mark = `choreo-mark-${Math.random().toString(36).slice(2)}`;
    await world.create("long", {}, shell(`: ${mark}; sleep 600; true`));
    await world.create("task", { restartPolicy: "Never" }, shell("echo done"));
    await world.ready("long");
    await world.ended("task");
    await world.restart();
    const pod = await world.until(
      "long",
      "running again",
      ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1,
    );
    expect(pod.status?.containerStatuses?.[0]?.lastState.terminated?.exitCode).toBeGreaterThan(0);
    await world.ready("long");
    // The earlier one was ended, and what had ended by itself was not run again. A shell that forks is two for a moment.
    await untilTrue("one shell to be left", async () => {
      const shells = (await processesWith(mark)).filter((line) => line.includes("sleep 600; true"));
      return shells.length === 1 ? true : undefined;
    });
    expect(await world.logs("task")).toBe("done\n");
    await world.runtime().stop();
    expect(await processesWith(mark)).toEqual([]);
  } finally {
    await world.close();
  }
});
