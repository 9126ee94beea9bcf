/** A file of the archive. */
export interface Part {
  /** Inside the archive, with "/". */
  readonly path: string;
  readonly text: string;
}

/** What should be in the archive and could not be had. */
export interface MissingPart {
  readonly path: string;
  readonly why: string;
}

/** Takes what nobody may see out of texts, and out of the texts of values of any depth. */
export interface Hide {
  readonly text: (text: string) => string;
  readonly value: (value: unknown) => unknown;
}

/** A file that can be had when it is asked for. */
export interface Source {
  readonly path: string;
  /** Bytes; what is older than the newest so many is left out. */
  readonly limit: number;
  /** At most a little more than `limit` where that is cheap. Undefined: there is none, which is in order. */
  read(hide: Hide, limit: number): Promise<string | undefined>;
}
