import type { Classification, Language } from "../classify.ts";
import type { Outcome } from "./outcome.ts";
import type { DevTarget } from "./targets.ts";

export interface Told {
  readonly target: Pick<DevTarget, "track">;
  readonly language: Language;
  readonly decision: Pick<Classification, "changes">;
  /** Paths of what was saved just now; the rest of the decision is what has failed before. */
  readonly saved: ReadonlySet<string>;
  readonly outcome: Pick<Outcome, "path" | "state">;
}

/** What is to be said of a change besides what became of it. */
export const notesOf = (told: Told): readonly string[] =>
  [againWith(told), withoutDockerfile(told)].filter((note) => note !== undefined);

/** Why a save of code is built, for example: what the image has to have besides. */
const againWith = ({ decision: { changes }, saved, outcome }: Told): string | undefined => {
  const owed = changes.filter(({ path: file, action }) => !saved.has(file) && action !== "ignore");
  const asks = owed.filter(({ action }) => action === "rebuild");
  const [first, ...more] = outcome.path === "rebuild" && asks.length > 0 ? asks : owed;
  if (first === undefined || outcome.path === "nothing") return undefined;
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return `with ${first.path}${others}, which failed before`;
};

/** What runs from its folder, where nothing is built, was not started by its Dockerfile either when the language says how. */
const withoutDockerfile = ({ target, language, decision, outcome }: Told): string | undefined => {
  const isGone = decision.changes.some(({ path: file, kind }) => file === "Dockerfile" && kind === "removed");
  if (!isGone || outcome.path !== "rebuild" || saysHow(target)) return undefined;
  const built = outcome.state === "ready" ? BUILT_AS[language] : undefined;
  return built === undefined ? "no Dockerfile any more" : `no Dockerfile any more: built as ${built}`;
};

/** Whether the track names a Dockerfile, or what takes its place. */
const saysHow = ({ track }: Told["target"]): boolean => {
  const { docker, buildpack, workflowTemplate } = track.spec.buildTemplateSpec?.buildConfiguration ?? {};
  return docker !== undefined || buildpack !== undefined || workflowTemplate !== undefined;
};

const BUILT_AS: Partial<Record<Language, string>> = {
  ...{ node: "Node.js", python: "Python", go: "Go", static: "a static site" },
};
