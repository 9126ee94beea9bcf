/**
 * A copy of JSON data that may be changed. Not by `structuredClone`, whose arrays are no `Array` of the caller where a test
 * runner evaluates modules in a context of its own (jest): libraries look at constructors.
 */
export const jsonCopy = <T>(value: T): T => {
  if (Array.isArray(value)) return value.map(jsonCopy) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, jsonCopy(one as unknown)])) as T;
};
