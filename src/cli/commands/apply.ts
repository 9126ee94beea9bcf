import { isDeepStrictEqual } from "node:util";
import type { KubeClient } from "../../k8s/client.ts";
import { isKubeError } from "../../k8s/errors.ts";
import type { ManifestObject } from "../../k8s/manifest.ts";
import type { AnyObject, ObjectRef } from "../../k8s/types.ts";
import { parseDuration } from "../../lib/duration.ts";
import { messageOf } from "../../lib/errors.ts";
import { type PollResult, poll } from "../../lib/poll.ts";
import { createTurns } from "../../lib/turns.ts";
import type { Context, Handler } from "../command.ts";
import type { ApplyArgs } from "../definitions/resources.ts";
import { withPlatform } from "../platform.ts";
import { OUTPUT_API_VERSION } from "../../lib/output-api-version.ts";
import { titleOf } from "../../resources/kinds.ts";
import { manifestProblems } from "../../resources/manifests.ts";
import { loadManifests } from "../resources/manifests.ts";
import { waitForRollout } from "../../resources/rollout.ts";

/** The controller makes an organization's namespace: until then its resources have no place. */
const NAMESPACE_TIMEOUT_MS = 30_000;

/** Requests under way at a time: more would only keep others from the server. */
const inTurn = createTurns(8);

type Change = "created" | "configured" | "unchanged";

interface Result {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly change: Change;
}

/**
 * Applies manifests to the control plane: all of them are checked by the server before the first one is written. Then waits
 * until what they deploy serves.
 */
export const run: Handler<ApplyArgs> = async (args, context) => {
  const timeoutMs = parseDuration(args.timeout);
  const manifests = await loadManifests(args.filename, context.io);
  const results = await withPlatform(args, context, async (platform) => {
    const client = await platform.control();
    await checkOnServer(client, manifests, context.signal);
    const results: Result[] = [];
    for (const group of groupsOf(manifests)) {
      for await (const { object, change } of inOrder(group, (one) => applyOne(client, one, args["dry-run"], context))) {
        results.push({ kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name, change });
        if (args.output === "text")
          context.io.stdout.write(`${titleOf(object)} ${change}${args["dry-run"] ? " (dry run)" : ""}\n`);
      }
    }
    if (!args["dry-run"] && !args["no-wait"]) {
      const objects = manifests.map(({ object }) => object);
      const progress = (message: string): void => void context.io.stderr.write(`waiting for ${message}\n`);
      await waitForRollout(client, objects, { timeoutMs, signal: context.signal, progress });
    }
    return results;
  });
  if (args.output === "json") {
    const document = { apiVersion: OUTPUT_API_VERSION, kind: "ApplyResult", dryRun: args["dry-run"], results };
    context.io.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  }
};

/** A dry run of every object. What the server refuses is reported together, and then nothing is applied. */
const checkOnServer = async (
  client: KubeClient,
  manifests: readonly ManifestObject[],
  signal: AbortSignal,
): Promise<void> => {
  const problems = await Promise.all(
    manifests.map(async ({ object, file, line }) => {
      try {
        await inTurn(() => client.apply(object, { dryRun: true, signal }));
        return [];
      } catch (error) {
        if (isNamespaceMissing(error)) return [];
        if (!isKubeError(error) || error.status === 0) throw error;
        return [`${file}:${line}  ${object.kind} ${object.metadata.name}: ${messageOf(error)}`];
      }
    }),
  );
  if (problems.some((lines) => lines.length > 0)) throw manifestProblems(problems.flat());
};

/** Objects that follow each other and are of one kind do not need each other. */
const groupsOf = (manifests: readonly ManifestObject[]): AnyObject[][] => {
  const groups: AnyObject[][] = [];
  for (const { object } of manifests) {
    const last = groups.at(-1);
    if (last?.[0]?.kind === object.kind) last.push(object);
    else groups.push([object]);
  }
  return groups;
};

/**
 * What became of each object, in the order of the files, whichever was first. Those under way when one fails are still
 * told; then the failure is thrown.
 */
async function* inOrder(
  objects: readonly AnyObject[],
  work: (object: AnyObject) => Promise<Change>,
): AsyncGenerator<{ readonly object: AnyObject; readonly change: Change }> {
  let failed = false;
  const fail = (error: unknown): { error: unknown } => {
    failed = true;
    return { error };
  };
  const outcomes = objects.map((object) =>
    inTurn(async () => (failed ? undefined : { object, change: await work(object) })).catch(fail),
  );
  let failure: { readonly error: unknown } | undefined;
  for (const pending of outcomes) {
    const outcome = await pending;
    if (outcome === undefined) continue;
    if ("error" in outcome) failure ??= outcome;
    else yield outcome;
  }
  if (failure !== undefined) throw failure.error;
}

const applyOne = async (client: KubeClient, object: AnyObject, dryRun: boolean, context: Context): Promise<Change> => {
  const { signal } = context;
  const ref: ObjectRef = { ...object, name: object.metadata.name, namespace: object.metadata.namespace };
  const before = await client.get(ref, { signal });
  const attempt = async (): Promise<PollResult<AnyObject>> => {
    try {
      return { done: true, value: await client.apply(object, { dryRun, signal }) };
    } catch (error) {
      if (!isNamespaceMissing(error)) throw error;
      if (dryRun) return { done: true, value: object };
      return { done: false, missing: `namespace ${object.metadata.namespace} is not there yet` };
    }
  };
  const after = await poll(attempt, {
    what: `a place for ${titleOf(object)}`,
    timeoutMs: NAMESPACE_TIMEOUT_MS,
    signal,
    fix: `apply Organization ${object.metadata.namespace} too; choreo-dev status shows whether the controller runs`,
  });
  if (before === undefined) return "created";
  return isSame(before, after) ? "unchanged" : "configured";
};

/** A status that the controller wrote in between moves the resourceVersion, but changes nothing that was applied. */
const isSame = (before: AnyObject, after: AnyObject): boolean =>
  before.metadata.resourceVersion === after.metadata.resourceVersion ||
  (before.metadata.generation !== undefined &&
    before.metadata.generation === after.metadata.generation &&
    isDeepStrictEqual(before.metadata.labels, after.metadata.labels) &&
    isDeepStrictEqual(before.metadata.annotations, after.metadata.annotations));

const isNamespaceMissing = (error: unknown): boolean => isKubeError(error, 404) && /namespaces? "/.test(error.message);
