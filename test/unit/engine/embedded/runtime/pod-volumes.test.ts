import { expect, test } from "vitest";
import { type Clock, systemClock } from "../../../../../src/lib/clock.ts";
import { untilTrue } from "../../../../helpers/until.ts";
import { createRuntimeWorld, shell } from "./world.ts";

const SECONDS = 3607;
const DUE_MS = SECONDS * 0.8 * 1000;

test("a token is another one in the running pod when four fifths of its time are over", async () => {
  const waiting: (() => void)[] = [];
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) =>
      ms === DUE_MS ? new Promise((resolve) => waiting.push(resolve)) : systemClock.sleep(ms, signal),
  };
  let tokens = 0;
  const world = await createRuntimeWorld({
    clock,
    token: ({ serviceAccount, expirationSeconds }) =>
      Promise.resolve(`${serviceAccount} ${expirationSeconds} ${++tokens}`),
  });
  try {
    const token = { path: "token", expirationSeconds: SECONDS };
    await world.create(
      "client",
      {
        serviceAccountName: "default",
        containers: [{ name: "main", image: "x", volumeMounts: [{ name: "api", mountPath: "/choreo-api" }] }],
        volumes: [{ name: "api", projected: { sources: [{ serviceAccountToken: token }] } }],
      },
      shell("exec sleep 600"),
    );
    await world.ready("client");
    const read = async (): Promise<string> => (await world.exec("client", "cat", "/choreo-api/token")).stdout;
    const untilToken = (number: number): Promise<true> =>
      untilTrue(`token ${number}`, async () => ((await read()) === `default ${SECONDS} ${number}` ? true : undefined));
    await untilToken(1);
    for (const number of [2, 3]) {
      await untilTrue("the pause", async () => (waiting.length > 0 ? true : undefined));
      waiting.pop()?.();
      await untilToken(number);
    }
    expect(tokens).toBe(3);
  } finally {
    await world.close();
  }
});
