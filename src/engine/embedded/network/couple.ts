import net from "node:net";
import type { Duplex } from "node:stream";

/**
 * Joins two connections: what comes out of one goes into the other, no faster than it is taken; the end of one direction
 * is passed on alone, a break of either breaks both. Both must allow half-open use.
 */
export const couple = (one: Duplex, other: Duplex): void => {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on("error", () => undefined);
    from.pipe(to);
    // A connection that ended properly in both directions has handed everything over; its partner may still be writing.
    from.once("close", () => {
      if (!(from.readableEnded && from.writableFinished)) reset(to);
    });
    if (from.destroyed) reset(to);
  }
};

/** Ends a connection so that the other side cannot take it for a proper end. */
export const reset = (stream: Duplex): void => {
  if (stream.destroyed) return;
  if (stream instanceof net.Socket && !("encrypted" in stream)) stream.resetAndDestroy();
  else stream.destroy();
};
