import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The real kubectl, as a second opinion on what the product says. */
export const kubectl = async (kubeconfig: string, context: string, ...args: string[]): Promise<string> =>
  (
    await run("kubectl", ["--kubeconfig", kubeconfig, "--context", context, ...args], { maxBuffer: 50_000_000 })
  ).stdout.trim();

/** Waits until `attempt` gives a value; says what it waited for when it never does. */
export const untilTrue = async <T>(
  what: string,
  attempt: () => Promise<T | undefined>,
  timeoutMs = 120_000,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await attempt();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await delay(500);
  }
};

/** A running pod that carries the label. */
export const podIn = (
  kubeconfig: string,
  context: string,
  label: string,
): Promise<{ namespace: string; name: string }> =>
  untilTrue(`a running pod with ${label}`, async () => {
    const text = await kubectl(kubeconfig, context, "get", "pods", "-A", "-l", label, "-o", "json");
    const { items } = JSON.parse(text) as {
      items: { metadata: { namespace: string; name: string }; status: { containerStatuses?: { ready: boolean }[] } }[];
    };
    return items.find(({ status }) => status.containerStatuses?.every(({ ready }) => ready) === true)?.metadata;
  });
