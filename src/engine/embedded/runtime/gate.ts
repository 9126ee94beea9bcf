import { type Deferred, deferred } from "../../../lib/deferred.ts";

/** Lets everybody pass until it is closed, and all who wait when it opens again. */
export interface Gate {
  isClosed(): boolean;
  passed(): Promise<void>;
  close(): void;
  open(): void;
}

export const createGate = (): Gate => {
  let closed: Deferred<void> | undefined;
  return {
    isClosed: () => closed !== undefined,
    passed: () => closed?.promise ?? Promise.resolve(),
    close: () => void (closed ??= deferred()),
    open: () => {
      closed?.resolve();
      closed = undefined;
    },
  };
};
