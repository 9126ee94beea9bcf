import { devModeOf, servesSaves, WITHOUT_DEV_MODE } from "../../controller/deployment/dev-mode.ts";
import { ANNOTATIONS } from "../../crds/labels.ts";
import type { Deployment } from "../../crds/types.ts";
import { ANNOTATIONS as PROCESS } from "../../engine/embedded/runtime/image/resolve.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { refOf } from "../../k8s/object-ref.ts";
import type { Fed } from "./fed.ts";

/** A session that was ended is not kept waiting. */
const TIMEOUT_MS = 3000;

/**
 * Ends the dev mode of components at the end of a session: pods go back to what was built. Those that serve saved files which
 * no image has go on with them: what somebody sees must not become older because he stopped to watch it.
 */
export const leaveFeed = async (
  fed: ReadonlyMap<string, Fed>,
  { control }: { readonly control: KubeClient },
): Promise<{ component: string; message: string }[]> => {
  const said = await Promise.all(
    [...fed].map(async ([component, one]) => {
      one.close();
      if (one.hasUnbuilt()) {
        const message = `still serves your saved files, which no image has: choreo-dev build ${component} makes one`;
        return [{ component, message }];
      }
      const annotations = { [ANNOTATIONS.devMode]: null, [PROCESS.dev]: null };
      // It may be deleted meanwhile, or the platform be gone.
      await control
        .mergePatch(refOf(one.deployment), { metadata: { annotations } }, { timeoutMs: TIMEOUT_MS })
        .catch(() => undefined);
      return [];
    }),
  );
  return said.flat();
};

/** Has Deployments run what was built, when a dev session has left them with something else. */
export const endDevMode = async (
  control: KubeClient,
  deployments: readonly Deployment[],
  signal: AbortSignal,
): Promise<void> => {
  const left = deployments.filter((one) => servesSaves(one) || devModeOf(one) !== undefined);
  const patch = { metadata: { annotations: WITHOUT_DEV_MODE } };
  await Promise.all(left.map((one) => control.mergePatch(refOf(one), patch, { signal })));
};
