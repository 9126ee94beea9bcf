/**
 * Every error code a user can meet. The set is closed: tests assert codes, docs/errors.md lists them, and a new
 * failure either fits one of these or adds one here. `user` says whether the user can fix it; `exit` is the process
 * exit status (1 failed, 2 usage or config, 3 refused before anything was touched, 4 timed out, 5 could not find out).
 */
export const ERROR_CODES = {
  E_USAGE: { exit: 2, user: true },
  E_CONFIG: { exit: 2, user: true },
  E_MANIFEST: { exit: 2, user: true },
  E_NOT_FOUND: { exit: 1, user: true },
  E_NAME_TAKEN: { exit: 3, user: true },
  E_FOREIGN_CLUSTER: { exit: 3, user: true },
  E_PORT_TAKEN: { exit: 3, user: true },
  E_NO_ENGINE: { exit: 3, user: true },
  E_ENGINE_DOWN: { exit: 3, user: true },
  E_ENGINE_PERMISSION: { exit: 3, user: true },
  E_ENGINE_UNSUPPORTED: { exit: 3, user: true },
  E_DISK: { exit: 3, user: true },
  E_MEMORY: { exit: 3, user: true },
  E_INOTIFY: { exit: 3, user: true },
  E_CGROUP: { exit: 3, user: true },
  E_SUBNETS: { exit: 3, user: true },
  E_CHANGE_REFUSED: { exit: 3, user: true },
  E_LOCKED: { exit: 3, user: true },
  E_TOOL: { exit: 3, user: true },
  E_CHECKSUM: { exit: 3, user: true },
  E_DOWNLOAD: { exit: 1, user: true },
  E_BUNDLE: { exit: 2, user: true },
  E_IMAGE: { exit: 1, user: true },
  E_SOURCE: { exit: 2, user: true },
  E_BUILD: { exit: 1, user: true },
  E_CLUSTER_CREATE: { exit: 1, user: false },
  E_COMMAND: { exit: 1, user: false },
  E_DOCKER: { exit: 1, user: false },
  E_KUBE: { exit: 1, user: false },
  E_UNREACHABLE: { exit: 5, user: true },
  E_NOT_READY: { exit: 4, user: true },
  E_TIMEOUT: { exit: 4, user: false },
  E_NO_PLATFORM: { exit: 1, user: true },
  E_STATE: { exit: 1, user: true },
  E_SUPERVISOR: { exit: 1, user: false },
  E_UNSUPPORTED: { exit: 1, user: true },
  E_INTERRUPTED: { exit: 130, user: true },
  E_INTERNAL: { exit: 1, user: false },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** Why it happened or why it matters, one plain sentence. */
  readonly why?: string;
  /** The next step: a command to type or a thing to change. */
  readonly fix?: string;
  /** Evidence that goes below the message: the last lines of a log, a list of problems. */
  readonly evidence?: readonly string[];
  readonly cause?: unknown;
}

/** The one base of all errors that reach a user. Only `cli/render/error.ts` turns it into words on a screen. */
export class ChoreoError extends Error {
  override readonly name = "ChoreoError";
  readonly code: ErrorCode;
  readonly why: string | undefined;
  readonly fix: string | undefined;
  readonly evidence: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.why = details.why;
    this.fix = details.fix;
    this.evidence = details.evidence ?? [];
  }

  get exitCode(): number {
    return ERROR_CODES[this.code].exit;
  }

  get userFixable(): boolean {
    return ERROR_CODES[this.code].user;
  }
}

export const isChoreoError = (error: unknown, code?: ErrorCode): error is ChoreoError =>
  error instanceof ChoreoError && (code === undefined || error.code === code);

/** The message of anything that was thrown, on one line. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, " ").trim();
