import { nameOf } from "../controller/hierarchy.ts";
import { LABELS } from "../crds/labels.ts";
import type { KubeClient } from "../k8s/client.ts";
import type { AnyObject } from "../k8s/types.ts";
import { didYouMean } from "../lib/did-you-mean.ts";
import { ChoreoError } from "../lib/errors.ts";
import { type Scope, listKind } from "./scope.ts";

/** The one component of that name within the scope; `E_NOT_FOUND` or, where several projects have one, `E_USAGE`. */
export const requireComponent = async (
  client: KubeClient,
  name: string,
  scope: Scope,
  signal: AbortSignal,
): Promise<AnyObject> => {
  const { organization, project } = scope;
  const all = await listKind(client, { kind: "Component" }, { organization, project }, signal);
  const found = all.filter((object) => nameOf(object) === name);
  const exact = found.length > 0 ? found : all.filter(({ metadata }) => metadata.name === name);
  const [component] = exact;
  if (component !== undefined && exact.length === 1) return component;
  if (component !== undefined) {
    throw new ChoreoError("E_USAGE", `${exact.length} components are called "${name}"`, {
      evidence: exact.map(describePlace),
      fix: "add --project PROJECT or -n ORGANIZATION",
    });
  }
  const near = didYouMean(name, all.map(nameOf));
  throw new ChoreoError("E_NOT_FOUND", `There is no component "${name}"`, {
    ...(near === undefined ? {} : { why: `did you mean "${near}"?` }),
    fix: "choreo-dev get components lists them",
  });
};

const describePlace = ({ metadata }: AnyObject): string =>
  `project ${metadata.labels?.[LABELS.project] ?? "-"}, organization ${metadata.namespace ?? "-"}`;
