import { ChoreoError, type ErrorDetails } from "../lib/errors.ts";

/** A refusal by an API server: its HTTP status and the `reason` of its Status object. */
export class KubeError extends ChoreoError {
  readonly status: number;
  readonly reason: string;

  constructor(message: string, facts: { status: number; reason: string } & ErrorDetails) {
    super(facts.status === 0 ? "E_UNREACHABLE" : "E_KUBE", message, facts);
    this.status = facts.status;
    this.reason = facts.reason;
  }
}

export const isKubeError = (error: unknown, ...statuses: number[]): error is KubeError =>
  error instanceof KubeError && (statuses.length === 0 || statuses.includes(error.status));

export const isConflict = (error: unknown): boolean => isKubeError(error, 409);
export const isNotFound = (error: unknown): boolean => isKubeError(error, 404);
