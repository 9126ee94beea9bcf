import { KINDS } from "../crds/definitions.ts";
import type { Kind } from "../crds/kind.ts";
import { CHOREO_API } from "../crds/labels.ts";
import type { TypeRef } from "../k8s/types.ts";
import { didYouMean } from "../lib/did-you-mean.ts";
import { ChoreoError } from "../lib/errors.ts";

/** Shorter words than the API server knows: its own short names cannot clash with built-in kinds, these can. */
const OWN_SHORT_NAMES: Readonly<Record<string, string>> = {
  deploy: "Deployment",
  ep: "Endpoint",
  artifact: "DeployableArtifact",
  artifacts: "DeployableArtifact",
  track: "DeploymentTrack",
  tracks: "DeploymentTrack",
  pipeline: "DeploymentPipeline",
  pipelines: "DeploymentPipeline",
};

/** The kind that a word on the command line names: kind, plural or short name, in any case. `E_USAGE` otherwise. */
export const findKind = (word: string): Kind => {
  const wanted = word.toLowerCase().replace(/\.core\.choreo\.dev$/, "");
  const found = KINDS.find((kind) => namesOf(kind).includes(wanted));
  if (found !== undefined) return found;
  const near = didYouMean(wanted, KINDS.flatMap(namesOf));
  throw new ChoreoError("E_USAGE", `There is no kind "${word}"`, {
    ...(near === undefined ? {} : { why: `did you mean "${near}"?` }),
    fix: `one of ${KINDS.map(({ plural }) => plural).join(", ")}`,
  });
};

/** Every word that names the kind, lower case. */
export const namesOf = ({ kind, plural, shortNames }: Kind): string[] => [
  kind.toLowerCase(),
  plural,
  ...shortNames,
  ...Object.keys(OWN_SHORT_NAMES).filter((name) => OWN_SHORT_NAMES[name] === kind),
];

export const typeOf = ({ kind }: Pick<Kind, "kind">): TypeRef => ({ apiVersion: CHOREO_API, kind });

/** `component/catalog`: how an object is called in lines that a command prints. */
export const titleOf = (object: { readonly kind: string; readonly metadata: { readonly name: string } }): string =>
  `${object.kind.toLowerCase()}/${object.metadata.name}`;
