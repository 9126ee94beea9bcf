import { ChoreoError, messageOf } from "../lib/errors.ts";

/** HTTP status of an answer of Docker, undefined for errors of another kind. */
export const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;

/** A refused or failed call of Docker as `E_DOCKER`, in its own words. */
export const dockerFailed = (message: string, error: unknown, fix = "choreo-dev up again"): ChoreoError =>
  new ChoreoError("E_DOCKER", message, { why: reasonOf(error), fix, cause: error });

/** dockerode wraps Docker's sentence: "(HTTP code 500) server error - driver failed … ". */
const reasonOf = (error: unknown): string => messageOf(error).replace(/^\(HTTP code \d+\) [a-z ]+ - /, "");
