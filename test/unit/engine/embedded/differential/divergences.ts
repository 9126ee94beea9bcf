/** Cases in which our server answers otherwise than a real one, with why. docs/embedded.md shows them. */
export const DIVERGENCES: Readonly<Record<string, string>> = {};
