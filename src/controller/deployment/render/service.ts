import { serviceName } from "../../../crds/names.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { namespaceOf, workloadLabels } from "../slot.ts";
import { isTask, type RenderInput } from "./input.ts";
import { portsOf } from "./ports.ts";

/** The Service of a component that offers something; undefined for one without ports. */
export const renderService = (input: RenderInput): AnyObject | undefined => {
  const { component, track, slot, type } = input;
  const ports = portsOf(input.endpointTemplates);
  if (isTask(type) || ports.length === 0) return undefined;
  const labels = workloadLabels(slot, type);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: serviceName(component, track), namespace: namespaceOf(slot), labels },
    spec: {
      type: "ClusterIP",
      selector: labels,
      ports: ports.map(({ name, port, protocol, isGrpc }) => ({
        name,
        port,
        protocol,
        targetPort: port,
        ...(isGrpc && { appProtocol: "kubernetes.io/h2c" }),
      })),
    },
  };
};
