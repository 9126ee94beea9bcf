import type { Lock } from "../state/lock.ts";
import type { Session } from "./session.ts";

/** Purpose of the lock of `choreo-dev stop`. */
export const STOP = "stop";

/**
 * After a `stop` that was killed Docker may still be ending nodes: they run, they answer, and are gone a moment later. They are
 * ended before anybody relies on them; what was ended already stays so.
 */
export const finishStop = async ({ docker, engine, signal }: Session, { abandoned }: Lock): Promise<void> => {
  if (abandoned !== STOP || docker === undefined) return;
  const context = { signal, progress: () => undefined, retain: false };
  const clusters = await engine.observe({ recall: false });
  await Promise.all(clusters.map(({ name }) => engine.stop(name, context)));
};
