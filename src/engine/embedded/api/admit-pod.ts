import { setTimeout as delay } from "node:timers/promises";
import type { AnyObject } from "../../../k8s/types.ts";
import { type Fields, fill, inner, items, number, text } from "../builtin/fields-of.ts";
import { forbidden } from "./admit.ts";
import type { Core } from "./core.ts";
import type { ResourceType } from "./resource-type.ts";
import { keyOf, objectOf, prefixOf } from "./stored.ts";
import { addTokenVolume } from "./token-volume.ts";

const ACCOUNTS = { group: "", resource: "serviceaccounts" } as const;
const PRIORITIES = { group: "scheduling.k8s.io", resource: "priorityclasses" } as const;
const RUNTIMES = { group: "node.k8s.io", resource: "runtimeclasses" } as const;
const DEFAULT_ACCOUNT = "default";
/** A namespace has its account soon after itself: the first pod in it need not fail. */
const ACCOUNT_TRIES = 10;
const ACCOUNT_PAUSE_MS = 100;

/** What a new pod gets of the objects that it names: its account and that one's token, its priority. Nobody owns it. */
export const admitPod = async (core: Core, type: ResourceType, pod: AnyObject): Promise<void> => {
  const spec = inner(pod, "spec");
  if (spec === undefined) return;
  const refuse: Refuse = (why) => forbidden(type, givenName(pod), why);
  if (core.podsNeedAccounts) await admitAccount(core, pod, spec, refuse);
  admitPriority(core, spec, refuse);
  admitRuntime(core, spec, refuse);
};

type Refuse = (why: string) => Error;

/** The client's name for the pod, of which the server has made one perhaps. */
const givenName = ({ metadata }: AnyObject): string =>
  metadata.generateName !== undefined && metadata.name.startsWith(metadata.generateName)
    ? metadata.generateName
    : metadata.name;

const admitAccount = async (core: Core, pod: AnyObject, spec: Fields, refuse: Refuse): Promise<void> => {
  const namespace = pod.metadata.namespace ?? "";
  const name = text(spec, "serviceAccountName") || DEFAULT_ACCOUNT;
  Object.assign(spec, { serviceAccountName: name, serviceAccount: name });
  const account = await findAccount(core, namespace, name);
  if (account === undefined)
    throw refuse(
      `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
    );
  if ((spec["automountServiceAccountToken"] ?? account["automountServiceAccountToken"]) !== false) addTokenVolume(spec);
  const secrets = items(account, "imagePullSecrets");
  if (items(spec, "imagePullSecrets").length === 0 && secrets.length > 0) spec["imagePullSecrets"] = secrets;
};

const findAccount = async ({ store }: Core, namespace: string, name: string): Promise<AnyObject | undefined> => {
  const key = keyOf(ACCOUNTS, namespace, name);
  for (let tries = name === DEFAULT_ACCOUNT ? ACCOUNT_TRIES : 1; ; tries--) {
    const entry = store.tip(key);
    if (entry !== undefined) return objectOf(entry);
    if (tries <= 1) return undefined;
    await delay(ACCOUNT_PAUSE_MS);
  }
};

const admitPriority = ({ store }: Core, spec: Fields, refuse: Refuse): void => {
  const wanted = text(spec, "priorityClassName");
  const entry = wanted === "" ? undefined : store.tip(keyOf(PRIORITIES, undefined, wanted));
  if (wanted !== "" && entry === undefined) throw refuse(`no PriorityClass with name ${wanted} was found`);
  const found = entry === undefined ? defaultPriority(store) : objectOf(entry);
  const computed = {
    priority: number(found, "value"),
    preemptionPolicy: text(found, "preemptionPolicy") || "PreemptLowerPriority",
  };
  if (found !== undefined) spec["priorityClassName"] = found.metadata.name;
  for (const [field, what] of Object.entries(FIELDS)) {
    const [given, value] = [spec[field], computed[field as keyof typeof computed]];
    if (given !== undefined && given !== null && given !== value)
      throw refuse(
        `the ${what} (${String(given)}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      );
    fill(spec, field, value);
  }
};

const FIELDS = {
  priority: "integer value of priority",
  preemptionPolicy: "string value of PreemptionPolicy",
} as const;

/** The class of pods that name none, if there is one. */
const defaultPriority = (store: Core["store"]): AnyObject | undefined =>
  store
    .range(prefixOf(PRIORITIES))
    .entries.map(objectOf)
    .find((one) => one["globalDefault"] === true);

const admitRuntime = ({ store }: Core, spec: Fields, refuse: Refuse): void => {
  const name = text(spec, "runtimeClassName");
  if (name !== "" && store.tip(keyOf(RUNTIMES, undefined, name)) === undefined)
    throw refuse(`pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
};
