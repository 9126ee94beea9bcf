import type { Duplex } from "node:stream";
import type { Attempt } from "./attempt.ts";
import type { NodeContext } from "./node.ts";
import type { Container, ContainerStateStatus, Pod } from "./types.ts";
import type { VolumeFolders } from "./volumes/volumes.ts";

export type ContainerRole = "init" | "sidecar" | "main";

/** What is known of a container while its pod is here. */
export interface ContainerRecord {
  readonly container: Container;
  readonly role: ContainerRole;
  state: ContainerStateStatus;
  lastState: ContainerStateStatus;
  restarts: number;
  ready: boolean;
  started: boolean;
  imageID: string;
  containerID: string | undefined;
  /** The running one. */
  attempt: Attempt | undefined;
  /** Nothing will start it again. */
  final: boolean;
}

/** A pod that this node runs. */
export interface PodContext {
  readonly node: NodeContext;
  readonly uid: string;
  readonly podIP: string;
  readonly dir: string;
  readonly records: readonly ContainerRecord[];
  /** As last seen. */
  readonly pod: () => Pod;
  readonly volumes: () => VolumeFolders;
  /** Aborts when the pod has to end, whatever the reason. */
  readonly ending: AbortSignal;
  /** Writes the status soon. */
  readonly publish: () => void;
  readonly say: (type: "Normal" | "Warning", reason: string, message: string) => void;
  /** Resolves when something the pod is made of changes, or after a while. */
  readonly nextTry: (ms: number) => Promise<void>;
  readonly dial: (port: number) => Promise<Duplex>;
  /** Resolves at once unless the pod has to make room for its successor. */
  readonly unparked: () => Promise<void>;
}
