import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../lib/errors.ts";
import type { ReconcileContext } from "../reconciler.ts";

/** What became of an attempt to bring an image to where the nodes pull it from. */
export type ImageSupply =
  | { readonly state: "there" }
  /** Still under way: ask again soon. */
  | { readonly state: "coming" }
  /** The nodes may still find the image by themselves. */
  | { readonly state: "failed"; readonly message: string };

/** A worker waits this long at most; large images go on in the background. */
const PATIENCE_MS = 2000;

/** Sees to it that the image is there before a pod asks for it: the kubelet's second try comes only after seconds. */
export const supplyImage = async (
  image: string,
  { settings, signal }: Pick<ReconcileContext, "settings" | "signal">,
): Promise<ImageSupply> => {
  const over = new AbortController();
  const patience = delay(PATIENCE_MS, undefined, { signal: AbortSignal.any([signal, over.signal]) }).then(
    (): ImageSupply => ({ state: "coming" }),
  );
  const supply = settings.ensureImage(image).then(
    (): ImageSupply => ({ state: "there" }),
    (error: unknown): ImageSupply => ({ state: "failed", message: messageOf(error) }),
  );
  try {
    return await Promise.race([supply, patience]);
  } finally {
    over.abort();
    patience.catch(() => undefined);
  }
};
