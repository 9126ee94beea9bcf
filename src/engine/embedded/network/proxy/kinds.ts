import type { KubeObject } from "../../../../k8s/types.ts";

export const SERVICE = { apiVersion: "v1", kind: "Service" } as const;
export const ENDPOINT_SLICE = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" } as const;

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly nodePort?: number;
}

export interface Service extends KubeObject {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly ports?: readonly ServicePort[];
    readonly sessionAffinity?: string;
    readonly sessionAffinityConfig?: { readonly clientIP?: { readonly timeoutSeconds?: number } };
  };
}

export interface SliceEndpoint {
  readonly addresses: readonly string[];
  /** Absent ones have the defaults of the API: ready, serving as ready, not terminating. */
  readonly conditions?: {
    readonly ready?: boolean | null;
    readonly serving?: boolean | null;
    readonly terminating?: boolean | null;
  };
  readonly targetRef?: { readonly kind?: string; readonly namespace?: string; readonly name?: string };
}

export interface EndpointSlice extends KubeObject {
  readonly addressType: string;
  readonly endpoints?: readonly SliceEndpoint[] | null;
  readonly ports?:
    | readonly { readonly name?: string | null; readonly port?: number | null; readonly protocol?: string | null }[]
    | null;
}

/** Label of a slice that names its service. */
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

export const protocolOf = ({ protocol }: ServicePort): string => protocol ?? "TCP";
