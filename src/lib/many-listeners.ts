import { setMaxListeners } from "node:events";

/**
 * The same signal, for work that has many calls under way at once: Node.js takes more than ten listeners on one signal for
 * a leak and says so on stderr.
 */
export const manyListeners = (signal: AbortSignal): AbortSignal => {
  setMaxListeners(0, signal);
  return signal;
};
