import { ANNOTATIONS } from "../../crds/labels.ts";
import type { KubeClient } from "../../k8s/client.ts";
import { isNotFound } from "../../k8s/errors.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { refOf } from "../../k8s/object-ref.ts";
import { parseDuration } from "../../lib/duration.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { poll } from "../../lib/poll.ts";
import type { Context, Handler } from "../command.ts";
import type { DeleteArgs, DeleteWhat } from "../definitions/resources.ts";
import { withPlatform } from "../platform.ts";
import { findKind, titleOf, typeOf } from "../../resources/kinds.ts";
import { DEFAULT_ORGANIZATION } from "../../planes/defaults.ts";
import { loadManifests } from "../resources/manifests.ts";
import { deletionMessage } from "../../resources/state.ts";
import { nameOf } from "../../controller/hierarchy.ts";

/** Deletes what manifests describe, or named objects, and waits until they are gone, saying what holds them. */
export const run: Handler<DeleteArgs & DeleteWhat> = async (args, context) => {
  checkWhat(args);
  const timeoutMs = parseDuration(args.timeout);
  await withPlatform(args, context, async (platform) => {
    const client = await platform.control();
    const targets =
      args.filename.length > 0
        ? await targetsOfFiles(client, args, context)
        : await targetsByName(client, args, context);
    for (const target of targets) await startDeletion(client, target, args.force, context.signal);
    if (args["no-wait"]) for (const target of targets) context.io.stdout.write(`${titleOf(target)} deletion started\n`);
    else await waitUntilGone(client, targets, timeoutMs, context);
  });
};

const checkWhat = ({ filename, kind, name }: DeleteArgs & DeleteWhat): void => {
  const fix = "choreo-dev delete -f FILE, or choreo-dev delete KIND NAME";
  if (filename.length > 0 && kind !== undefined)
    throw new ChoreoError("E_USAGE", "delete takes files or names, not both", { fix });
  if (filename.length === 0 && kind === undefined)
    throw new ChoreoError("E_USAGE", "Nothing was named to delete", { fix });
  if (filename.length === 0 && name.length === 0)
    throw new ChoreoError("E_USAGE", `No ${kind} was named to delete`, { fix });
};

/** What is there of the manifests, children first. What is gone already is said and is no failure. */
const targetsOfFiles = async (client: KubeClient, args: DeleteArgs, { io, signal }: Context): Promise<AnyObject[]> => {
  const manifests = await loadManifests(args.filename, io);
  const targets: AnyObject[] = [];
  for (const { object } of manifests.reverse()) {
    const found = await client.get(refOf(object), { signal });
    if (found === undefined) io.stdout.write(`${titleOf(object)} is not there\n`);
    else targets.push(found);
  }
  return targets;
};

const targetsByName = async (
  client: KubeClient,
  args: DeleteArgs & DeleteWhat,
  { signal }: Context,
): Promise<AnyObject[]> => {
  const kind = findKind(args.kind ?? "");
  const namespace = kind.scope === "Cluster" ? undefined : (args.organization ?? DEFAULT_ORGANIZATION);
  const { items } = await client.list(typeOf(kind), { namespace, signal });
  return args.name.map((name) => {
    const named = items.filter((object) => nameOf(object) === name);
    const found = items.find(({ metadata }) => metadata.name === name) ?? (named.length === 1 ? named[0] : undefined);
    if (found !== undefined) return found;
    if (named.length === 0) {
      const where = namespace === undefined ? "" : ` in organization ${namespace}`;
      throw new ChoreoError("E_NOT_FOUND", `There is no ${kind.kind} "${name}"${where}`, {
        fix: `choreo-dev get ${kind.plural} lists them`,
      });
    }
    throw new ChoreoError("E_USAGE", `${named.length} ${kind.plural} are called "${name}"`, {
      evidence: named.map(({ metadata }) => metadata.name),
      fix: "use the object name of the one you mean",
    });
  });
};

const startDeletion = async (
  client: KubeClient,
  object: AnyObject,
  force: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const ref = refOf(object);
  if (force) {
    const annotated = { metadata: { annotations: { [ANNOTATIONS.forceDelete]: "true" } } };
    await client.mergePatch(ref, annotated, { signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
  await client.delete(ref, { signal });
};

const waitUntilGone = async (
  client: KubeClient,
  targets: readonly AnyObject[],
  timeoutMs: number,
  { io, signal }: Context,
): Promise<void> => {
  let left = targets;
  let said = "";
  await poll(
    async () => {
      const now = await Promise.all(left.map((target) => findAgain(client, target, signal)));
      for (const [index, target] of left.entries())
        if (now[index] === undefined) io.stdout.write(`${titleOf(target)} deleted\n`);
      left = now.filter((object) => object !== undefined);
      if (left.length === 0) return { done: true, value: undefined };
      const missing = left
        .map((object) => [titleOf(object), deletionMessage(object)].filter(Boolean).join(": "))
        .join("; ");
      if (missing !== said) io.stderr.write(`waiting for ${missing}\n`);
      said = missing;
      return { done: false, missing };
    },
    {
      what: "the deletion",
      timeoutMs,
      signal,
      code: "E_NOT_READY",
      fix: "run it again with --force to leave behind what cannot be reached",
    },
  );
};

/** The object as it is now; undefined when it is gone, also when another one took its name. */
const findAgain = async (
  client: KubeClient,
  object: AnyObject,
  signal: AbortSignal,
): Promise<AnyObject | undefined> => {
  const now = await client.get(refOf(object), { signal });
  return now?.metadata.uid === object.metadata.uid ? now : undefined;
};
