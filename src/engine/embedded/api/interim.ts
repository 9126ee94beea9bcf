import type { AnyObject } from "../../../k8s/types.ts";
import type { ResourceType } from "../api/resource-type.ts";
export const tableOf = (_type: ResourceType, objects: readonly AnyObject[], _o: { includeObject: string; now: number }): { columnDefinitions: unknown[]; rows: unknown[]; kind: string; apiVersion: string } => ({ kind: "Table", apiVersion: "meta.k8s.io/v1", columnDefinitions: [{ name: "Name", type: "string", format: "name", description: "", priority: 0 }], rows: objects.map((o) => ({ cells: [o.metadata.name], object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: o.metadata } })) });
export const knownFields = (_type: ResourceType): string[] => ["spec.nodeName", "status.phase", "involvedObject.name"];
export const selectableFields = (o: AnyObject, _t: ResourceType): Record<string, string> => ({ "spec.nodeName": (o["spec"] as { nodeName?: string })?.nodeName ?? "", "status.phase": (o["status"] as { phase?: string })?.phase ?? "" });
