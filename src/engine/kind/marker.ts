import type { ClusterSpec } from "../../plan/clusters.ts";
import type { NodeSettings } from "./node-settings.ts";

/** Written into a node when its cluster is complete; a node without it is half made. */
export const MARKER_PATH = "/kind/choreo-dev.json";

/** What a node says of itself. It lives in the node, so it cannot outlive or miss it as a state file on the host could. */
export interface Marker {
  readonly version: 1;
  readonly platform: string;
  readonly platformId: string;
  readonly nodeImage: string;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  readonly planes: readonly string[];
  readonly settings: NodeSettings;
}

export const markerOf = (spec: ClusterSpec, platformId: string, settings: NodeSettings): Marker => ({
  version: 1,
  platform: spec.platform,
  platformId,
  nodeImage: spec.nodeImage,
  podSubnet: spec.podSubnet,
  serviceSubnet: spec.serviceSubnet,
  planes: spec.planes.map(({ name }) => name),
  settings,
});

/** Undefined for a text that is no marker: a node that was written to half way counts as half made. */
export const parseMarker = (text: string): Marker | undefined => {
  try {
    const marker = JSON.parse(text) as Partial<Marker>;
    const whole = marker.version === 1 && typeof marker.platformId === "string" && marker.settings !== undefined;
    return whole ? (marker as Marker) : undefined;
  } catch {
    return undefined;
  }
};
