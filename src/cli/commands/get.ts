import { KINDS } from "../../crds/definitions.ts";
import type { Kind } from "../../crds/kind.ts";
import { LABELS } from "../../crds/labels.ts";
import type { AnyObject } from "../../k8s/types.ts";
import { ChoreoError } from "../../lib/errors.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import type { Handler } from "../command.ts";
import type { GetArgs, GetWhat } from "../definitions/resources.ts";
import { widthOf } from "../io.ts";
import { withPlatform } from "../platform.ts";
import { writeResult } from "../render/output.ts";
import { renderTable } from "../render/table.ts";
import { columnsOf } from "../resources/columns.ts";
import { findKind } from "../../resources/kinds.ts";
import { showable } from "../../resources/redact-object.ts";
import { listKind } from "../../resources/scope.ts";

interface Found {
  readonly kind: Kind;
  readonly objects: readonly AnyObject[];
}

/** Lists objects of one kind, or of all; named ones only, where names are given. Keys are never shown. */
export const run: Handler<GetArgs & GetWhat> = async (args, context) => {
  const kinds = args.kind.toLowerCase() === "all" ? KINDS : [findKind(args.kind)];
  const found = await withPlatform(args, context, async (platform) => {
    const client = await platform.control();
    return Promise.all(
      kinds.map(async (kind): Promise<Found> => {
        const objects = await listKind(client, kind, args, context.signal);
        if (args.name.length === 0) return { kind, objects };
        return { kind, objects: kinds.length > 1 ? named(objects, args.name) : pick(kind, objects, args.name) };
      }),
    );
  });
  if (kinds.length > 1 && args.name.length > 0 && found.every(({ objects }) => objects.length === 0))
    throw new ChoreoError("E_NOT_FOUND", `Nothing is called ${args.name.join(" or ")}`, { fix: "choreo-dev get all" });
  const shown = found.filter(({ objects }) => objects.length > 0);
  await writeResult(context.io, args.output, {
    value: documentOf(args, shown.flatMap(({ objects }) => objects).map(showable)),
    table: () => shown.map((part) => tableOf(part, found.length > 1, widthOf(context.io.stdout))).join("\n"),
  });
  if (shown.length === 0 && args.output === "table") context.io.stderr.write(`no ${args.kind} found\n`);
};

/** Those of many kinds that are called so: not every kind has to have one. */
const named = (objects: readonly AnyObject[], names: readonly string[]): AnyObject[] =>
  objects.filter(
    ({ metadata }) => names.includes(metadata.name) || names.includes(metadata.labels?.[LABELS.name] ?? ""),
  );

/** The objects of these names, by object name or name label, each name at least once: `E_NOT_FOUND` otherwise. */
const pick = (kind: Kind, objects: readonly AnyObject[], names: readonly string[]): AnyObject[] =>
  names.flatMap((name) => {
    const exact = objects.filter(({ metadata }) => metadata.name === name);
    const found = exact.length > 0 ? exact : objects.filter(({ metadata }) => metadata.labels?.[LABELS.name] === name);
    if (found.length > 0) return found;
    const near = didYouMean(
      name,
      objects.map(({ metadata }) => metadata.name),
    );
    throw new ChoreoError("E_NOT_FOUND", `There is no ${kind.kind} "${name}"`, {
      ...(near === undefined ? {} : { why: `did you mean "${near}"?` }),
      fix: `choreo-dev get ${kind.plural} lists them`,
    });
  });

/** One object where one was asked for by name; otherwise a list, as Kubernetes tools expect it. */
const documentOf = ({ name, kind }: GetWhat, objects: readonly AnyObject[]): unknown => {
  const [only] = objects;
  if (name.length === 1 && kind !== "all" && objects.length === 1) return only;
  return { apiVersion: "v1", kind: "List", items: objects };
};

const tableOf = ({ kind, objects }: Found, titled: boolean, width: number | undefined): string => {
  const columns = columnsOf(kind.kind);
  const rows = objects.map((object) => columns.map(([, value]) => value(object)));
  const table = renderTable(
    columns.map(([heading]) => heading),
    rows,
    width,
  );
  return titled ? `${kind.plural}\n${table}` : table;
};
