/** What a shim reads: `runtime-helpers/dev/`. */
export interface SyncManifest {
  /** Grows with every save. */
  readonly generation: number;
  /** Grows when the program has to be started again. */
  readonly starts: number;
  /** Everything that was saved since the image was built, by path from the image's folder. */
  readonly files: Readonly<Record<string, SyncedFile>>;
  readonly removed: readonly string[];
  /** The generation that holds nothing but what the image has. */
  readonly built: number;
}

export interface SyncedFile {
  readonly hash: string;
  /** Permission bits. */
  readonly mode: number;
  /** A link, and what it says. */
  readonly link?: string;
}

/** What a shim writes: what became of a generation in its pod. */
export interface ShimState {
  readonly generation: number;
  readonly phase: "ready" | "failed" | "ended";
  /** Whether a program is there that answers, be it an older one. */
  readonly serving: boolean;
  /** What the program printed last before it ended. */
  readonly error?: string;
  readonly ms: { readonly copy?: number; readonly start?: number };
}

export const EMPTY: SyncManifest = { generation: 0, starts: 0, files: {}, removed: [], built: 0 };
