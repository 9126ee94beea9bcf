import { expect, test } from "vitest";
import { refuseTakenPorts } from "../../../src/planes/gateway-port-wait.ts";
import { createManualClock } from "../../helpers/manual-clock.ts";
import { createMemoryCluster } from "../../helpers/memory-cluster.ts";

const GATEWAY = { apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway" };
const { signal } = new AbortController();

const gateway = (reason: "Accepted" | "PortUnavailable") => ({
  ...GATEWAY,
  metadata: { name: "gateway-external", namespace: "default" },
  status: {
    listeners: [
      {
        conditions: [
          {
            type: "Accepted",
            status: reason === "Accepted" ? "True" : "False",
            reason,
            message: reason === "Accepted" ? "" : "cannot listen on 127.0.0.1:1: EADDRINUSE",
          },
        ],
      },
    ],
  },
});

test("a gateway whose port somebody keeps is not waited for; one that gets it a moment later is", async () => {
  const { client, put } = createMemoryCluster();
  put(gateway("PortUnavailable"));
  const clock = createManualClock();
  const look = refuseTakenPorts(client, [1], { signal, clock });
  expect(await look()).toBeUndefined();
  await clock.advance(4000);
  put(gateway("Accepted"));
  expect(await look()).toBeUndefined();
  put(gateway("PortUnavailable"));
  await clock.advance(4000);
  expect(await look()).toBeUndefined();
  await clock.advance(6000);
  await expect(look()).rejects.toMatchObject({
    code: "E_PORT_TAKEN",
    message: expect.stringContaining("cannot listen on 127.0.0.1:1"),
  });
});
