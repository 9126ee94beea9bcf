import { configurationName } from "../../../crds/names.ts";
import type { AnyObject } from "../../../k8s/types.ts";
import { namespaceOf, workloadLabels } from "../slot.ts";
import { dataKeyOf } from "./data-key.ts";
import { entriesOf, type RenderInput } from "./input.ts";

export const SECRET_PROVIDER_CLASS = {
  apiVersion: "secrets-store.csi.x-k8s.io/v1",
  kind: "SecretProviderClass",
} as const;

const VAULT_ADDRESS = "http://choreo-dataplane-vault:8200";
const VAULT_ROLE = "choreo-secret-reader-role";

/** One SecretProviderClass per group with secret values: the CSI driver fetches them and keeps a Secret of the same name. */
export const renderSecretProviderClasses = (input: RenderInput): AnyObject[] => {
  const { component, track, secrets, slot, type } = input;
  if (secrets.mode !== "vault-csi") return [];
  return entriesOf(input, "secret").map(({ group, entries }) => {
    const name = configurationName(component, track, group.object);
    const keys = entries.map(({ key, vaultKey }) => ({ objectName: dataKeyOf(key), secretPath: vaultKey }));
    const labels = workloadLabels(slot, type);
    return {
      ...SECRET_PROVIDER_CLASS,
      metadata: { name, namespace: namespaceOf(slot), labels },
      spec: {
        provider: "vault",
        parameters: { vaultAddress: VAULT_ADDRESS, roleName: VAULT_ROLE, objects: objectsText(keys) },
        secretObjects: [
          { secretName: name, type: "Opaque", data: keys.map(({ objectName }) => ({ objectName, key: objectName })) },
        ],
      },
    };
  });
};

/** A list in YAML inside a string. Strings in JSON are strings in YAML, whatever is in them. */
const objectsText = (keys: readonly { readonly objectName: string; readonly secretPath: string }[]): string =>
  keys
    .map(({ objectName, secretPath }) =>
      [
        `- objectName: ${JSON.stringify(objectName)}`,
        `  secretPath: ${JSON.stringify(secretPath)}`,
        `  secretKey: "value"`,
        "",
      ].join("\n"),
    )
    .join("");
