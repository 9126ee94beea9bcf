import type { StatusCause } from "../api/status.ts";
import { forbidden, invalidValue, notSupported, required } from "../schema/cause.ts";
import { portName } from "../schema/names.ts";
import { type Fields, inner, items, number, text, texts } from "./fields-of.ts";
import { notNegative } from "./validate-values.ts";

const MOST_PORT = 65_535;
const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"];
const HOOKS = ["postStart", "preStop"];
const COUNTS = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"];
/** In the order in which Kubernetes looks at them: the second that is there is refused. */
const PROBE_HANDLERS = ["exec", "httpGet", "tcpSocket", "grpc"];
const HOOK_HANDLERS = ["exec", "httpGet", "tcpSocket", "sleep"];

export interface Lasting {
  /** It ends before the others start, so nothing of it can be asked. */
  readonly endsFirst: boolean;
  /** How long the pod may take to end. */
  readonly graceSeconds: number;
}

/** Problems of a container's hooks and probes. */
export const validateProbes = (
  container: Fields,
  path: string,
  { endsFirst, graceSeconds }: Lasting,
): StatusCause[] => {
  const given = [...(inner(container, "lifecycle") === undefined ? [] : ["lifecycle"]), ...PROBES];
  if (endsFirst)
    return given
      .filter((name) => inner(container, name) !== undefined)
      .map((name) => forbidden(`${path}.${name}`, "may not be set for init containers without restartPolicy=Always"));
  return [
    ...HOOKS.flatMap((name) => {
      const hook = inner(container, "lifecycle", name);
      return hook === undefined ? [] : validateHook(hook, `${path}.lifecycle.${name}`, graceSeconds);
    }),
    ...PROBES.flatMap((name) => {
      const probe = inner(container, name);
      return probe === undefined ? [] : validateProbe(probe, `${path}.${name}`, name);
    }),
  ];
};

const validateHook = (hook: Fields, path: string, graceSeconds: number): StatusCause[] => {
  const sleep = inner(hook, "sleep");
  const seconds = number(sleep, "seconds");
  const why = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  return [
    ...validateHandler(hook, path, HOOK_HANDLERS),
    ...(sleep !== undefined && (seconds < 0 || seconds > graceSeconds)
      ? [invalidValue(`${path}.sleep`, seconds, why)]
      : []),
  ];
};

const validateProbe = (probe: Fields, path: string, name: string): StatusCause[] => {
  const isReadiness = name === "readinessProbe";
  const [successes, grace] = [probe["successThreshold"], probe["terminationGracePeriodSeconds"]];
  return [
    ...validateHandler(probe, path, PROBE_HANDLERS),
    ...notNegative(probe, path, COUNTS),
    ...(!isReadiness && typeof grace === "number" && grace <= 0
      ? [invalidValue(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0")]
      : []),
    ...(!isReadiness && successes !== undefined && successes !== 1
      ? [invalidValue(`${path}.successThreshold`, successes, "must be 1")]
      : []),
    ...(isReadiness && grace !== undefined
      ? [invalidValue(`${path}.terminationGracePeriodSeconds`, grace, "must not be set for readinessProbes")]
      : []),
  ];
};

const validateHandler = (fields: Fields, path: string, handlers: readonly string[]): StatusCause[] => {
  const given = handlers.filter((name) => inner(fields, name) !== undefined);
  if (given.length === 0) return [required(path, "must specify a handler type")];
  return given.flatMap((name, at) =>
    at > 0
      ? [forbidden(`${path}.${name}`, "may not specify more than 1 handler type")]
      : validateAction(name, inner(fields, name) ?? {}, `${path}.${name}`),
  );
};

const validateAction = (name: string, action: Fields, path: string): StatusCause[] => {
  if (name === "exec") return texts(action, "command").length === 0 ? [required(`${path}.command`)] : [];
  if (name === "sleep") return [];
  const port = validatePortOrName(action["port"], `${path}.port`);
  if (name !== "httpGet") return port;
  const scheme = text(action, "scheme");
  return [
    ...(text(action, "path") === "" ? [required(`${path}.path`)] : []),
    ...port,
    ...items(action, "httpHeaders").flatMap((header) => validateHeader(text(header, "name"), `${path}.httpHeaders`)),
    ...(scheme === "HTTP" || scheme === "HTTPS" ? [] : [notSupported(`${path}.scheme`, scheme, ["HTTP", "HTTPS"])]),
  ];
};

const validateHeader = (name: string, path: string): StatusCause[] => {
  const rule = "a valid HTTP header must consist of alphanumeric characters or '-'";
  const example = "(e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
  return /^[-A-Za-z0-9]+$/.test(name) ? [] : [invalidValue(path, name, `${rule} ${example}`)];
};

const validatePortOrName = (port: unknown, path: string): StatusCause[] => {
  if (typeof port === "string") return portName(port).map((why) => invalidValue(path, port, why));
  if (typeof port === "number" && port >= 1 && port <= MOST_PORT) return [];
  return [invalidValue(path, port ?? 0, "must be between 1 and 65535, inclusive")];
};
