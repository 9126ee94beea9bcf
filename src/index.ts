// The library: what `import … from "choreo-dev"` gives.
export type { Platform } from "./config/model.ts";
export { type LoadOptions, type LoadedConfig, loadConfig } from "./config/load.ts";
export type * from "./crds/types.ts";
export type { KubeClient } from "./k8s/client.ts";
export type { AnyObject, Condition, KubeObject } from "./k8s/types.ts";
export { ChoreoError, type ErrorCode, isChoreoError } from "./lib/errors.ts";
export type { ComponentFunction, DataPlaneOptions, EnvironmentOptions, StartOptions } from "./library/options.ts";
export type {
  ComponentHandle,
  ComponentOptions,
  FetchOptions,
  LogsOptions,
  Ref,
  RunningPlatform,
  Snapshot,
  WaitOptions,
} from "./library/platform.ts";
export { type PlatformPool, type PoolOptions, createPlatformPool } from "./library/platform-pool.ts";
export { startPlatform } from "./library/start-platform.ts";
export type { Event } from "./run/events.ts";
