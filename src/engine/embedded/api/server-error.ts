import { StatusError } from "./status.ts";

/** A failure that Kubernetes tells without naming a reason: code 500 and the words alone. */
export const serverError = (message: string): StatusError => {
  const error = new StatusError("InternalError", message);
  const { reason: _reason, ...status } = error.status;
  return Object.assign(error, { status });
};
