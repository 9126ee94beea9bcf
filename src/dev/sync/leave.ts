import { refOf } from "../../controller/conditions.ts";
import { ANNOTATIONS } from "../../crds/labels.ts";
import { ANNOTATIONS as PROCESS } from "../../engine/embedded/runtime/image/resolve.ts";
import type { KubeClient } from "../../k8s/client.ts";
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
      if (one.hasUnbuilt())
        return [
          {
            component,
            message: `still serves your saved files, which no image has: choreo-dev build ${component} makes one`,
          },
        ];
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
