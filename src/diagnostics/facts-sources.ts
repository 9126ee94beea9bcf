import os from "node:os";
import { loadCatalog } from "../addons/catalog.ts";
import type { LoadedConfig } from "../config/load.ts";
import { CHOREO_API } from "../crds/labels.ts";
import type { AnyObject } from "../k8s/types.ts";
import { manyListeners } from "../lib/many-listeners.ts";
import { OUTPUT_API_VERSION } from "../lib/output-api-version.ts";
import { ownVersion } from "../lib/own-version.ts";
import type { CallContext } from "../planes/api.ts";
import { examine } from "../planes/doctor.ts";
import { platformStatus } from "../planes/status.ts";
import { planPlatform } from "../planes/up.ts";
import { type StatusResources, statusDocument } from "../resources/status-document.ts";
import type { ClusterLook } from "./cluster-look.ts";
import type { Source } from "./part.ts";

const LARGEST = 256 * 1024;
/** A look that hangs is worth less than an archive that is there. */
const LOOK_MS = 30_000;

/** What the commands would say now: the status, what `up` would do, what `doctor` finds, versions, the configuration. */
export const factsSources = (
  loaded: LoadedConfig,
  context: CallContext,
  control: ClusterLook | undefined,
): Source[] => {
  const limited = (): CallContext => ({
    ...context,
    signal: manyListeners(AbortSignal.any([context.signal, AbortSignal.timeout(LOOK_MS)])),
  });
  return [
    document("status.json", async () => statusDocument(await platformStatus(loaded, limited()), resourcesIn(control))),
    document("plan.json", async () => ({
      apiVersion: OUTPUT_API_VERSION,
      kind: "Plan",
      ...(await planPlatform({ loaded, ...limited(), recreate: [], bundle: context.env["CHOREO_DEV_BUNDLE"] })),
    })),
    document("doctor.json", async () => ({
      apiVersion: OUTPUT_API_VERSION,
      kind: "Diagnosis",
      findings: await examine({ loaded, ...limited(), fix: false }),
    })),
    document("config.json", async () => ({
      apiVersion: OUTPUT_API_VERSION,
      kind: "ResolvedPlatform",
      platform: loaded.platform,
      sources: Object.fromEntries(loaded.sources),
    })),
    document("versions.json", versions),
  ];
};

const document = (path: string, read: () => Promise<unknown>): Source => ({
  path,
  limit: LARGEST,
  read: async (hide, limit) => {
    const text = `${JSON.stringify(hide.value(await read()), undefined, 2)}\n`;
    if (text.length <= limit) return text;
    throw new Error(`it has ${text.length} characters, more than fit`);
  },
});

/** From the look that has been taken already: of a dead embedded cluster it is what its store says. */
const resourcesIn = (control: ClusterLook | undefined): StatusResources => {
  const items = (kind: string): readonly AnyObject[] =>
    control?.lists.find((list) => list.kind.kind === kind && list.kind.apiVersion === CHOREO_API)?.items ?? [];
  return {
    components: items("Component"),
    deployments: items("Deployment"),
    artifacts: items("DeployableArtifact"),
    endpoints: items("Endpoint"),
  };
};

const versions = async (): Promise<object> => ({
  apiVersion: OUTPUT_API_VERSION,
  kind: "Version",
  version: await ownVersion(),
  node: process.versions.node,
  platform: `${process.platform}/${process.arch}`,
  machine: {
    release: os.release(),
    cpus: os.cpus().length,
    memoryBytes: os.totalmem(),
    freeMemoryBytes: os.freemem(),
    load: os.loadavg(),
    uptimeSeconds: Math.round(os.uptime()),
  },
  addons: (await loadCatalog()).map(({ name, version }) => ({ name, version })),
});
