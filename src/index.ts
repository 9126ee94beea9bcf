// The library: what `import … from "choreo-dev"` gives. Fixtures (`startPlatform`) come with their own release.
export type { Platform } from "./config/model.ts";
export { type LoadOptions, type LoadedConfig, loadConfig } from "./config/load.ts";
export type * from "./crds/types.ts";
export { ChoreoError, type ErrorCode, isChoreoError } from "./lib/errors.ts";
export type { Event } from "./run/events.ts";
