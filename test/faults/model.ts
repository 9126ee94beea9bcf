/** What the platform has to hold by what it has acknowledged. Where a command was cut off, either outcome is right. */
export interface Model {
  /** Nothing has gone wrong since the last `up` that succeeded: commands have to succeed. */
  healthy: boolean;
  /** A `down` has begun: what was there before may be gone. */
  lossy: boolean;
  readonly writes: Map<string, Expected>;
  readonly components: Map<Component, Expected>;
}

export type Component = "greeter" | "hello";

/** Undefined: it is not there. */
export interface Expected {
  acknowledged: string | undefined;
  /** What may have come after it: was sent and never answered. */
  readonly possible: Set<string | undefined>;
}

export const createModel = (): Model => ({
  healthy: false,
  lossy: false,
  writes: new Map(),
  components: new Map(),
});

/** Something was sent: from now on it may be there. */
export const sent = <Key>(map: Map<Key, Expected>, key: Key, value: string | undefined): void => {
  const expected = map.get(key) ?? { acknowledged: undefined, possible: new Set() };
  expected.possible.add(value);
  map.set(key, expected);
};

/** It was answered: it is there, and nothing older is. */
export const acknowledged = <Key>(map: Map<Key, Expected>, key: Key, value: string | undefined): void => {
  map.set(key, { acknowledged: value, possible: new Set() });
};

export const isAllowed = ({ acknowledged: value, possible }: Expected, found: string | undefined): boolean =>
  found === value || possible.has(found);

/** `down` has succeeded: there is nothing any more. */
export const forget = (model: Model): void => {
  model.writes.clear();
  model.components.clear();
  model.lossy = false;
  model.healthy = false;
};
