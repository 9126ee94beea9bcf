import type Docker from "dockerode";
import type { Bundle } from "../addons/bundle.ts";
import type { DockerHost } from "../docker/client.ts";
import type { PlatformNetwork } from "../docker/network.ts";
import type { Engine } from "../engine/engine.ts";
import type { ClusterSettings } from "../plan/clusters.ts";
import type { Identity } from "./identity.ts";

/** What a platform stands on, which differs by engine. */
export interface Ground {
  readonly engine: Engine;
  /** Why this engine and no other, in words. */
  readonly reason: string;
  /** Whether the platform has been made, however much of it is there. */
  readonly exists: boolean;
  /** Of the existing platform, or the one that a new platform will get. */
  readonly identity: Identity;
  /** Docker and what the platform has on it; undefined on the embedded engine. */
  readonly docker: DockerGround | undefined;
}

export interface DockerGround {
  readonly docker: Docker;
  readonly host: DockerHost;
  /** The platform's network; undefined until it is made. */
  readonly network: PlatformNetwork | undefined;
  /** Images of all addons; empty, like `bundle`, in a session that was opened without addons. */
  readonly images: readonly string[];
  readonly bundle: Bundle | undefined;
  /** What the configuration wants of every node; `E_CONFIG` for a missing password or CA. */
  nodeSettings(): Promise<Pick<ClusterSettings, "files" | "proxy">>;
}
