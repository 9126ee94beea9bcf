import type { AnyObject } from "../../../k8s/types.ts";
import { namespaceLabels, namespaceOf, type Slot } from "../slot.ts";

/** The namespace of one project in one environment. */
export const renderNamespace = (slot: Slot): AnyObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: namespaceOf(slot), labels: namespaceLabels(slot) },
});
