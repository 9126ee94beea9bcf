/** Reasons of Kubernetes' Status objects, with the HTTP status each belongs to. */
const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof CODES;

export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** Plural of the resource, or the kind for an invalid object: as Kubernetes has it. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The body of every refusal. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: { readonly continue?: string };
  readonly status: "Failure";
  readonly message: string;
  readonly reason: StatusReason;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** Ends a request with a Status. Not a ChoreoError: it is an answer to a client, not a failure of this program. */
export class StatusError extends Error {
  readonly status: Status;

  constructor(reason: StatusReason, message: string, details?: StatusDetails, metadata: Status["metadata"] = {}) {
    super(message);
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata,
      status: "Failure",
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code: CODES[reason],
    };
  }
}

export const badRequest = (message: string): StatusError => new StatusError("BadRequest", message);

export interface ResourceName {
  readonly group: string;
  /** Plural. */
  readonly resource: string;
}

/** `deployments.apps`, as messages name a resource. */
const qualified = ({ group, resource }: ResourceName): string => (group === "" ? resource : `${resource}.${group}`);

const detailsOf = ({ group, resource }: ResourceName, name: string): StatusDetails => ({
  name,
  ...(group === "" ? {} : { group }),
  kind: resource,
});

export const notFound = (resource: ResourceName, name: string): StatusError =>
  new StatusError("NotFound", `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));

export const alreadyExists = (resource: ResourceName, name: string): StatusError =>
  new StatusError("AlreadyExists", `${qualified(resource)} "${name}" already exists`, detailsOf(resource, name));

export const conflict = (resource: ResourceName, name: string, why: string): StatusError =>
  new StatusError(
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`,
    detailsOf(resource, name),
  );

/** A path below a group version that names no resource of it. */
export const unknownResource = (): StatusError =>
  new StatusError("NotFound", "the server could not find the requested resource", {});

/** An object that is not valid, with every reason. `kind`: of the object, not its resource. */
export const invalid = (
  { group, kind }: { readonly group: string; readonly kind: string },
  name: string,
  causes: readonly StatusCause[],
): StatusError => {
  const texts = causes.map(({ field, message }) =>
    field === undefined || field === "" ? message : `${field}: ${message}`,
  );
  const list = [...new Set(texts)];
  const why = list.length === 1 ? (list[0] ?? "") : `[${list.join(", ")}]`;
  return new StatusError(
    "Invalid",
    `${group === "" ? kind : `${kind}.${group}`} ${JSON.stringify(name)} is invalid: ${why}`,
    {
      ...(name === "" ? {} : { name }),
      ...(group === "" ? {} : { group }),
      kind,
      causes,
    },
  );
};
