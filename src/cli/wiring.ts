import type { Seams } from "./seams.ts";

/** The product's own implementations, each loaded when it is first called. */
export const productionSeams: Seams = {
  loadConfig: async (options) => (await import("../config/load.ts")).loadConfig(options),
  openPlatform: async (loaded, context) => (await import("../planes/open.ts")).openPlatform(loaded, context),
  upPlatform: async (input) => (await import("../planes/up.ts")).upPlatform(input),
  planPlatform: async (input) => (await import("../planes/up.ts")).planPlatform(input),
  downPlatform: async (input) => (await import("../planes/down.ts")).downPlatform(input),
  stopPlatform: async (input) => (await import("../planes/stop-start.ts")).stopPlatform(input),
  startPlatform: async (input) => (await import("../planes/stop-start.ts")).startPlatform(input),
  platformStatus: async (loaded, context) => (await import("../planes/status.ts")).platformStatus(loaded, context),
  reapPlatforms: async (input) => (await import("../planes/reap.ts")).reapPlatforms(input),
  collectDiagnostics: async (input) => (await import("../diagnostics/diagnostics.ts")).collectDiagnostics(input),
  redeployComponent: async (loaded, spec, options) =>
    (await import("../planes/platform-component.ts")).redeployComponent(loaded, spec, options),
  examine: async (input) => (await import("../planes/doctor.ts")).examine(input),
};
