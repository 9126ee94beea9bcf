import type { LoadedConfig } from "../config/load.ts";
import type { KubeClient } from "../k8s/client.ts";
import { ChoreoError } from "../lib/errors.ts";
import type { PlaneAccess } from "../planes/api.ts";

/** What everything here works on: a platform with its clients, and the organization that is looked at. */
export interface PlatformScope {
  readonly loaded: LoadedConfig;
  readonly planes: readonly (PlaneAccess & { readonly client: KubeClient })[];
  readonly organization: string;
  readonly ca: string;
  /** Where relative paths start. */
  readonly cwd: string;
  /** Ends every wait. */
  readonly signal: AbortSignal;
}

export const DEFAULT_WAIT_MS = 60_000;
/** In process a look costs microseconds; through a socket there are few enough of them. */
export const LOOK_MS = { intervalMs: 5, maxIntervalMs: 100 } as const;

export const planeOfScope = ({ planes }: PlatformScope, name: string): PlatformScope["planes"][number] => {
  const found = planes.find((plane) => plane.name === name);
  if (found !== undefined) return found;
  throw new ChoreoError("E_NOT_FOUND", `There is no plane ${name}`, {
    fix: `planes are ${planes.map((plane) => plane.name).join(", ")}`,
  });
};

export const controlOf = (scope: PlatformScope): KubeClient => planeOfScope(scope, "control").client;

/** Ends with the platform or with what the caller gives. */
export const signalOf = ({ signal }: PlatformScope, given: AbortSignal | undefined): AbortSignal =>
  given === undefined ? signal : AbortSignal.any([signal, given]);
