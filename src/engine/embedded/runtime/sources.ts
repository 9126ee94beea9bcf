import type { KubeClient } from "../../../k8s/client.ts";
import { type Informer, startInformer } from "../../../k8s/informer.ts";
import type { AnyObject } from "../../../k8s/types.ts";

export type SourceKind = "ConfigMap" | "Secret";

/** Local copies of what pods are made of. */
export interface Sources {
  readonly synced: Promise<unknown>;
  /** Contents of a ConfigMap or Secret by key; undefined when there is none. */
  data(kind: SourceKind, namespace: string, name: string): ReadonlyMap<string, Buffer> | undefined;
  services(): readonly AnyObject[];
  /** Calls back after each change; returns how to stop that. */
  onChange(listener: (change: SourceChange) => void): () => void;
}

export interface SourceChange {
  readonly kind: SourceKind | "Service";
  readonly namespace: string;
  readonly name: string;
}

export const startSources = (client: KubeClient, signal: AbortSignal): Sources => {
  const listeners = new Set<(change: SourceChange) => void>();
  const start = (kind: SourceChange["kind"]): Informer =>
    startInformer(
      client,
      { apiVersion: "v1", kind },
      {
        signal,
        onChange: (before, after) => {
          const { namespace = "", name } = (after ?? before)?.metadata ?? { name: "" };
          for (const listener of listeners) listener({ kind, namespace, name });
        },
      },
    );
  const informers = { ConfigMap: start("ConfigMap"), Secret: start("Secret"), Service: start("Service") };
  return {
    synced: Promise.all(Object.values(informers).map(({ synced }) => synced)),
    data: (kind, namespace, name) => {
      const object = informers[kind].get({ namespace, name });
      return object === undefined ? undefined : contentsOf(kind, object);
    },
    services: () => informers.Service.list(),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

const contentsOf = (kind: SourceKind, object: AnyObject): ReadonlyMap<string, Buffer> => {
  const { data = {}, binaryData = {} } = object as {
    data?: Record<string, string>;
    binaryData?: Record<string, string>;
  };
  const texts = Object.entries(data).map(
    ([key, value]) => [key, Buffer.from(value, kind === "Secret" ? "base64" : "utf8")] as const,
  );
  return new Map([
    ...texts,
    ...Object.entries(binaryData).map(([key, value]) => [key, Buffer.from(value, "base64")] as const),
  ]);
};
