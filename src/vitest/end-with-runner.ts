/**
 * vitest that is killed leaves its workers behind, and they go on with their tests: a worker whose runner is gone ends, and its
 * platforms with it.
 */
export const endWithRunner = (): void => {
  // Undefined where there never was a channel to a runner; it may also be gone by now.
  if ("connected" in process && !process.connected) end();
  const isKnown = process.listeners("disconnect").some((one) => one.name === end.name);
  if (process.connected && !isKnown) process.once("disconnect", end);
};

const end = (): void => {
  process.kill(process.pid, "SIGTERM");
};
