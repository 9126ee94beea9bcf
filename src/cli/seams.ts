import type { LoadOptions, LoadedConfig } from "../config/load.ts";
import type { Diagnostics, DiagnosticsInput } from "../diagnostics/diagnostics.ts";
import type { PlatformComponentSpec } from "../config/model.ts";
import type { Finding } from "../engine/engine.ts";
import type { Plan } from "../plan/step.ts";
import type { ReapInput, Reaped } from "../planes/reap.ts";
import type {
  CallContext,
  DoctorInput,
  DownInput,
  PlanInput,
  PlatformAccess,
  PlatformFacts,
  UpInput,
  UpReport,
  WorkInput,
} from "../planes/api.ts";

import type { RedeployOptions } from "../planes/platform-component.ts";

/** Everything the commands need from the layers below; `main` takes other implementations in tests. */
export interface Seams {
  loadConfig(options: LoadOptions): Promise<LoadedConfig>;
  /** `E_NO_PLATFORM` when it is not up, `E_NAME_TAKEN` when another folder owns it. */
  openPlatform(loaded: LoadedConfig, context: CallContext): Promise<PlatformAccess>;
  upPlatform(input: UpInput): Promise<UpReport>;
  planPlatform(input: PlanInput): Promise<Plan>;
  downPlatform(input: DownInput): Promise<void>;
  stopPlatform(input: WorkInput): Promise<void>;
  startPlatform(input: WorkInput): Promise<void>;
  platformStatus(loaded: LoadedConfig, context: CallContext): Promise<PlatformFacts>;
  /** Every ephemeral platform, those removed whose owners have ended. */
  reapPlatforms(input: ReapInput): Promise<readonly Reaped[]>;
  /** Builds a platform component and rolls it out. */
  redeployComponent(loaded: LoadedConfig, spec: PlatformComponentSpec, options: RedeployOptions): Promise<unknown>;
  examine(input: DoctorInput): Promise<readonly Finding[]>;
  /** However much of the platform is down. */
  collectDiagnostics(input: DiagnosticsInput): Promise<Diagnostics>;
}
