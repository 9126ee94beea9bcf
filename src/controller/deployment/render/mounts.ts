import {
  configurationName,
  configurationVolume,
  fileMountConfigMap,
  fileMountVolume,
  generateName,
  LIMITS,
} from "../../../crds/names.ts";
import type { Entry, GroupValues } from "../configuration.ts";
import { INLINE_FILE_KEY } from "./config-maps.ts";
import { dataKeyOf, fileNameOf } from "./data-key.ts";
import { hasSecretVariable } from "./env.ts";
import type { RenderInput } from "./input.ts";

export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly: true;
}

/** A volume with the place where it is mounted. */
interface Mounted {
  readonly volume: Volume;
  readonly mount: VolumeMount;
}

/** The files of the container. A path and a volume occur once; of two files at one path the first wins. */
export const renderMounts = (input: RenderInput): { volumes: Volume[]; mounts: VolumeMount[] } => {
  const all = [...inlineFiles(input), ...keyFiles(input), ...folders(input), ...secretSyncs(input)];
  const byPath = new Map<string, Mounted>();
  for (const one of all) if (!byPath.has(one.mount.mountPath)) byPath.set(one.mount.mountPath, one);
  const kept = [...byPath.values()];
  const volumes = new Map(kept.map(({ volume }) => [volume.name, volume]));
  return { volumes: [...volumes.values()], mounts: kept.map(({ mount }) => mount) };
};

/** Files whose content is in the resource. */
const inlineFiles = ({ application, component, track }: RenderInput): Mounted[] =>
  (application.fileMounts ?? []).flatMap(({ mountPath, value }) => {
    if (value === undefined) return [];
    const volume = {
      name: fileMountVolume(mountPath),
      configMap: { name: fileMountConfigMap(component, track, mountPath) },
    };
    return [mounted(volume, mountPath, INLINE_FILE_KEY)];
  });

/** Files that are one key of a group or of a Secret. */
const keyFiles = (input: RenderInput): Mounted[] =>
  (input.application.fileMounts ?? []).flatMap(({ mountPath, value, valueFrom }) => {
    if (value !== undefined) return [];
    const { configurationGroupRef: ref, secretRef } = valueFrom ?? {};
    if (secretRef !== undefined) return [mounted(secretVolume(secretRef.name), mountPath, secretRef.key)];
    const group = input.groups.find((one) => one.ref === ref?.name);
    const entry = group?.entries.find(({ key }) => key === ref?.key);
    if (group === undefined || entry === undefined) return [];
    return [mounted(groupVolume(group, entry, input), mountPath, dataKeyOf(entry.key))];
  });

/** Folders with a file per key. */
const folders = (input: RenderInput): Mounted[] =>
  (input.application.fileMountsFrom ?? []).flatMap(({ configurationGroupRef: ref, secretRef }) => {
    if (secretRef !== undefined) return [mounted(secretVolume(secretRef.name), secretRef.mountPath)];
    const group = input.groups.find((one) => one.ref === ref?.name);
    if (group === undefined || ref === undefined) return [];
    return group.entries.map((entry) =>
      mounted(
        groupVolume(group, entry, input),
        `${ref.mountPath.replace(/\/+$/, "")}/${fileNameOf(entry.key)}`,
        dataKeyOf(entry.key),
      ),
    );
  });

/** The CSI driver makes the Secret that variables refer to only while something mounts its volume. */
const secretSyncs = (input: RenderInput): Mounted[] => {
  if (input.secrets.mode !== "vault-csi") return [];
  return input.groups
    .filter((group) => hasSecretVariable(group, input))
    .map((group) =>
      mounted(
        { name: configurationVolume(group.ref, "csi-env"), csi: csiSource(group, input) },
        `/mnt/secrets-store/${group.ref}`,
      ),
    );
};

const groupVolume = (group: GroupValues, { kind }: Entry, input: RenderInput): Volume => {
  const name = configurationName(input.component, input.track, group.object);
  if (kind === "plain") return { name: configurationVolume(group.ref, "cm"), configMap: { name } };
  const volume = configurationVolume(group.ref, "csi");
  return input.secrets.mode === "local"
    ? { name: volume, secret: { secretName: name } }
    : { name: volume, csi: csiSource(group, input) };
};

const csiSource = (group: GroupValues, { component, track }: RenderInput): object => ({
  driver: "secrets-store.csi.k8s.io",
  readOnly: true,
  volumeAttributes: { secretProviderClass: configurationName(component, track, group.object) },
});

/** A Secret that somebody else put into the namespace. */
const secretVolume = (name: string): Volume => ({
  name: generateName(LIMITS.label, name, "secret"),
  secret: { secretName: name },
});

const mounted = (volume: Volume, mountPath: string, subPath?: string): Mounted => {
  // Names that are made from others may have dots; a volume's must not.
  const name = volume.name.replaceAll(".", "-");
  return {
    volume: { ...volume, name },
    mount: { name, mountPath, ...(subPath !== undefined && { subPath }), readOnly: true },
  };
};
