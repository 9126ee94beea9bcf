/**
 * One look for all who ask in the same moment. Who asks while a look is under way gets the next one: what the one under way
 * sees may be older than the question.
 */
export const shared = <T>(look: () => Promise<T>): (() => Promise<T>) => {
  let next: Promise<T> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    if (next !== undefined) return next;
    const begun = last.then(() => {
      next = undefined;
      return look();
    });
    next = begun;
    last = begun.catch(() => undefined);
    return begun;
  };
};
