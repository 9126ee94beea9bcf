import { mkdir } from "node:fs/promises";
import { messageOf } from "../../../lib/errors.ts";
import type { PodContext } from "./pod-context.ts";
import type { SourceChange } from "./sources.ts";
import { type VolumeFolders, prepareVolumes, usesSource } from "./volumes/volumes.ts";

/** A pod's volumes: made before its first container, kept in step with what they are made of. */
export interface PodVolumes {
  folders(): VolumeFolders;
  /** Whether all of them are there. */
  areReady(): boolean;
  /** Makes them; tries again until they are there or the pod ends. */
  prepare(context: PodContext): Promise<void>;
  /** Something in the API changed that volumes may be made of. */
  refresh(context: PodContext, change: SourceChange): void;
}

const RETRY_MS = 2000;
const RENEWED_AFTER = 0.8;

export const createPodVolumes = (): PodVolumes => {
  let folders: VolumeFolders = new Map();
  let ready = false;
  return {
    folders: () => folders,
    areReady: () => ready,
    prepare: async (context) => {
      await mkdir(context.dir, { recursive: true, mode: 0o755 });
      while (!context.ending.aborted) {
        try {
          folders = await prepareVolumes(optionsOf(context));
          ready = true;
          void renewTokens(context);
          return;
        } catch (error) {
          context.say("Warning", "FailedMount", `MountVolume.SetUp failed: ${messageOf(error)}`);
          context.publish();
          await context.nextTry(RETRY_MS);
        }
      }
    },
    refresh: (context, { kind, name }) => {
      // What cannot be made now stays as it was.
      if (ready && usesSource(context.pod(), kind, name))
        void prepareVolumes(optionsOf(context)).catch(() => undefined);
    },
  };
};

/** Tokens are made anew when four fifths of their time are over, as kubelet does it. */
const renewTokens = async (context: PodContext): Promise<void> => {
  const seconds = (context.pod().spec.volumes ?? []).flatMap(({ projected }) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken: token }) => token?.expirationSeconds ?? []),
  );
  if (seconds.length === 0 || context.node.token === undefined) return;
  const pauseMs = Math.min(...seconds) * RENEWED_AFTER * 1000;
  while (!context.ending.aborted) {
    await context.node.clock.sleep(pauseMs, context.ending).catch(() => undefined);
    if (!context.ending.aborted) await prepareVolumes(optionsOf(context)).catch(() => undefined);
  }
};

const optionsOf = ({ node, podIP, dir, pod }: PodContext): Parameters<typeof prepareVolumes>[0] => ({
  pod: pod(),
  facts: { podIP, hostIP: node.hostIP },
  sources: node.sources,
  token: node.token,
  dir,
  allowHostPath: node.allowHostPath,
});
