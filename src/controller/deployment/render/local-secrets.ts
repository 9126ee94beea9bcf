import { configurationName } from "../../../crds/names.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { namespaceOf, workloadLabels } from "../slot.ts";
import { dataKeyOf } from "./data-key.ts";
import { entriesOf, type RenderInput } from "./input.ts";

/** One Secret per group with secret values, filled from the local secrets file. None where a vault is used. */
export const renderLocalSecrets = (input: RenderInput): AnyObject[] => {
  const { component, track, secrets, slot, type } = input;
  if (secrets.mode !== "local") return [];
  return entriesOf(input, "secret").map(({ group, entries }) => ({
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    metadata: {
      name: configurationName(component, track, group.object),
      namespace: namespaceOf(slot),
      labels: workloadLabels(slot, type),
    },
    // `data`, not `stringData`: the server would leave removed keys in place.
    data: Object.fromEntries(
      entries.map(({ key, vaultKey }) => [dataKeyOf(key), base64(secrets.values.get(vaultKey) ?? "")]),
    ),
  }));
};

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
