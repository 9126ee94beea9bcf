import { configurationName, fileMountConfigMap } from "../../../crds/names.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { namespaceOf, workloadLabels } from "../slot.ts";
import { dataKeyOf } from "./data-key.ts";
import { entriesOf, type RenderInput } from "./input.ts";

/** Key of the ConfigMap of a file that is written in the resource itself. */
export const INLINE_FILE_KEY = "content";

/** One ConfigMap per group with plain values, and one per file that is written in the resource itself. */
export const renderConfigMaps = (input: RenderInput): AnyObject[] => {
  const { component, track, application } = input;
  const ofGroups = entriesOf(input, "plain").map(({ group, entries }) =>
    configMap(
      input,
      configurationName(component, track, group.object),
      entries.map(({ key, value }) => [dataKeyOf(key), value]),
    ),
  );
  const ofFiles = (application.fileMounts ?? []).flatMap(({ mountPath, value }) =>
    value === undefined
      ? []
      : [configMap(input, fileMountConfigMap(component, track, mountPath), [[INLINE_FILE_KEY, value]])],
  );
  return [...ofGroups, ...ofFiles];
};

const configMap = (input: RenderInput, name: string, data: [key: string, value: string][]): AnyObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: namespaceOf(input.slot), labels: workloadLabels(input.slot, input.type) },
  data: Object.fromEntries(data),
});
