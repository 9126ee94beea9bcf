import { certificateOf, type ServedCertificate } from "./certificates.ts";
import { type Gateway, GROUP, type Listener, type ReferenceGrant, type TlsSecret } from "./kinds.ts";
import { isPermitted, type Unresolved } from "./references.ts";

/** What is said of one aspect of an object; times and generation are added when it is written. */
export interface Statement {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

/** A listener of a Gateway, examined. */
export interface ListenerModel {
  readonly spec: Listener;
  readonly hostname: string | undefined;
  readonly tls: boolean;
  readonly certificates: readonly ServedCertificate[];
  readonly kinds: readonly { readonly group: string; readonly kind: string }[];
  /** Whether it can serve anything. */
  readonly usable: boolean;
  readonly statements: readonly Statement[];
}

interface World {
  readonly grants: readonly ReferenceGrant[];
  readonly secret: (namespace: string, name: string) => TlsSecret | undefined;
  /** Why a port of the gateway is not listened on; undefined when it is, or is going to be. */
  readonly portProblem: (port: number) => string | undefined;
}

/** The listeners of a Gateway with everything that is to say of them but their routes. */
export const examineListeners = (gateway: Gateway, world: World): ListenerModel[] =>
  gateway.spec.listeners.map((spec) => examine(gateway, spec, world));

const examine = (gateway: Gateway, spec: Listener, world: World): ListenerModel => {
  const tls = spec.protocol === "HTTPS";
  const protocolProblem = problemOfProtocol(spec);
  const portProblem = protocolProblem === undefined ? world.portProblem(spec.port) : undefined;
  const conflict = conflictOf(gateway, spec);
  const { certificates, unresolved: badCertificate } = tls
    ? resolveCertificates(gateway, spec, world)
    : NO_CERTIFICATES;
  const { kinds, unresolved: badKind } = protocolProblem === undefined ? kindsOf(spec) : NO_KINDS;
  const unresolved = badCertificate ?? badKind;
  const usable =
    protocolProblem === undefined &&
    conflict === undefined &&
    (tls ? certificates.length > 0 : true) &&
    kinds.length > 0;
  const programmed = usable && portProblem === undefined;
  return {
    spec,
    hostname: spec.hostname,
    tls,
    certificates,
    kinds,
    usable,
    statements: [
      protocolProblem !== undefined
        ? no("Accepted", "UnsupportedProtocol", protocolProblem)
        : portProblem !== undefined
          ? no("Accepted", "PortUnavailable", portProblem)
          : yes("Accepted", "Accepted"),
      programmed ? yes("Programmed", "Programmed") : no("Programmed", "Invalid", "the listener serves nothing"),
      unresolved === undefined
        ? yes("ResolvedRefs", "ResolvedRefs")
        : no("ResolvedRefs", unresolved.reason, unresolved.message),
      conflict === undefined
        ? no("Conflicted", "NoConflicts", "")
        : { type: "Conflicted", status: true, reason: conflict.reason, message: conflict.message },
    ],
  };
};

export const yes = (type: string, reason: string, message = ""): Statement => ({ type, status: true, reason, message });
export const no = (type: string, reason: string, message: string): Statement => ({
  type,
  status: false,
  reason,
  message,
});

const problemOfProtocol = ({ protocol, tls }: Listener): string | undefined => {
  if (protocol !== "HTTP" && protocol !== "HTTPS") return `protocol ${protocol} is not supported, HTTP and HTTPS are`;
  return tls?.mode === "Passthrough" ? "TLS mode Passthrough is not supported" : undefined;
};

/** On one port only listeners of one protocol and with different host names go together; all that clash are refused. */
const conflictOf = ({ spec }: Gateway, listener: Listener): Unresolved | undefined => {
  const others = spec.listeners.filter((other) => other !== listener && other.port === listener.port);
  const clash = others.find(({ protocol }) => protocol !== listener.protocol);
  if (clash !== undefined) {
    return {
      reason: "ProtocolConflict",
      message: `listener ${clash.name} has protocol ${clash.protocol} on this port`,
    };
  }
  const twin = others.find(({ hostname }) => (hostname ?? "") === (listener.hostname ?? ""));
  return twin && { reason: "HostnameConflict", message: `listener ${twin.name} has the same port and hostname` };
};

interface Certificates {
  readonly certificates: readonly ServedCertificate[];
  readonly unresolved?: Unresolved;
}

const NO_CERTIFICATES: Certificates = { certificates: [] };

const resolveCertificates = (gateway: Gateway, { tls }: Listener, world: World): Certificates => {
  const fromNamespace = gateway.metadata.namespace ?? "";
  const certificates: ServedCertificate[] = [];
  let unresolved: Unresolved | undefined;
  for (const { group = "", kind = "Secret", namespace = fromNamespace, name } of tls?.certificateRefs ?? []) {
    const shown = `Secret ${namespace}/${name}`;
    const reference = { fromKind: "Gateway", fromNamespace, toGroup: group, toKind: kind } as const;
    const secret = world.secret(namespace, name);
    if (group !== "" || kind !== "Secret") {
      unresolved ??= invalid(`${kind} ${name} is no Secret`);
    } else if (!isPermitted(world.grants, { ...reference, toNamespace: namespace, toName: name })) {
      unresolved ??= { reason: "RefNotPermitted", message: `no ReferenceGrant in ${namespace} allows ${shown}` };
    } else if (secret === undefined) {
      unresolved ??= invalid(`${shown} does not exist`);
    } else {
      const certificate = certificateOf(secret);
      if ("problem" in certificate) unresolved ??= invalid(`${shown} ${certificate.problem}`);
      else certificates.push(certificate);
    }
  }
  if (certificates.length === 0) unresolved ??= invalid("the listener names no certificate");
  return { certificates, ...(unresolved !== undefined && { unresolved }) };
};

const invalid = (message: string): Unresolved => ({ reason: "InvalidCertificateRef", message });

const NO_KINDS: ReturnType<typeof kindsOf> = { kinds: [] };

const kindsOf = ({
  allowedRoutes,
}: Listener): { readonly kinds: ListenerModel["kinds"]; readonly unresolved?: Unresolved } => {
  const supported = [{ group: GROUP, kind: "HTTPRoute" }];
  const asked = allowedRoutes?.kinds ?? [];
  if (asked.length === 0) return { kinds: supported };
  const isHttp = ({ group = GROUP, kind }: { readonly group?: string; readonly kind: string }): boolean =>
    group === GROUP && kind === "HTTPRoute";
  const bad = asked.find((kind) => !isHttp(kind));
  return {
    kinds: asked.some(isHttp) ? supported : [],
    ...(bad !== undefined && { unresolved: { reason: "InvalidRouteKinds", message: `${bad.kind} is not supported` } }),
  };
};
