import type { ReconcileContext } from "../reconciler.ts";
import { Blocked } from "./blocked.ts";
import type { GroupValues } from "./configuration.ts";
import { SECRET_PROVIDER_CLASS } from "./render/secret-provider-class.ts";
import type { SecretsInput } from "./render/input.ts";
import type { KubeClient } from "../../k8s/client.ts";

/** A changed or completed secrets file is seen after this long: nothing tells about it. */
export const SECRETS_REREAD_MS = 10_000;

type Context = Pick<ReconcileContext, "settings" | "signal">;

/**
 * What the secret values of the groups are rendered from. Throws Blocked where one is missing or where the data plane
 * cannot fetch them.
 */
export const resolveSecrets = async (
  groups: readonly GroupValues[],
  plane: KubeClient,
  { settings, signal }: Context,
): Promise<SecretsInput> => {
  const { mode } = settings.secrets;
  const vaultKeys = secretKeysOf(groups);
  if (mode === "local") return { mode, values: await readLocal(vaultKeys, settings.secrets) };
  if (vaultKeys.length > 0 && !(await plane.hasKind(SECRET_PROVIDER_CLASS, { signal }))) {
    const message = "The data plane has no Secrets Store CSI driver, which `secrets: vault-csi` needs";
    throw new Blocked("SecretProviderMissing", message, { againAfterMs: SECRETS_REREAD_MS });
  }
  return { mode };
};

/** Whether any secret value is used. */
export const hasSecrets = (groups: readonly GroupValues[]): boolean => secretKeysOf(groups).length > 0;

const secretKeysOf = (groups: readonly GroupValues[]): string[] => [
  ...new Set(
    groups.flatMap(({ entries }) => entries.flatMap((entry) => (entry.kind === "secret" ? [entry.vaultKey] : []))),
  ),
];

const readLocal = async (
  vaultKeys: readonly string[],
  { file = "the secrets file", lookup }: Context["settings"]["secrets"],
): Promise<ReadonlyMap<string, string>> => {
  const values = new Map<string, string>();
  const missing: string[] = [];
  for (const vaultKey of vaultKeys) {
    const value = await readOne(vaultKey, file, lookup);
    if (value === undefined) missing.push(`"${vaultKey}"`);
    else values.set(vaultKey, value);
  }
  if (missing.length === 0) return values;
  throw new Blocked("SecretMissing", `${file} has no value for ${missing.join(", ")}`, {
    againAfterMs: SECRETS_REREAD_MS,
  });
};

const readOne = async (
  vaultKey: string,
  file: string,
  lookup: Context["settings"]["secrets"]["lookup"],
): Promise<string | undefined> => {
  try {
    return await lookup(vaultKey);
  } catch {
    // The text of a parser's error may show the line with the value, so it is not repeated.
    throw new Blocked("SecretMissing", `${file} cannot be read as "key: value" in YAML`, {
      againAfterMs: SECRETS_REREAD_MS,
    });
  }
};
