import { StatusError } from "./status.ts";

export type Form = "object" | "table" | "metadata";

export interface Accepted {
  readonly form: Form;
  readonly encoding: "json" | "yaml";
}

const SUPPORTED = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

const STREAMS = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** The first form of the `Accept` header that this server can give; a StatusError of 406 when there is none. */
export const accepted = (header: string | undefined): Accepted => {
  for (const clause of clausesOf(header ?? "*/*")) {
    const encoding = encodingOf(clause.type);
    const form = formOf(clause.parameters);
    if (encoding !== undefined && form !== undefined) return { form, encoding };
  }
  throw notAcceptable();
};

export const notAcceptable = (): StatusError =>
  new StatusError(
    "NotAcceptable",
    `406: Not Acceptable\n\nAvailable representations: ${[...SUPPORTED, ...STREAMS].join(", ")}`,
    {},
  );

/** The clauses of an `Accept` header, best first. */
export const clausesOf = (header: string): Clause[] => {
  const clauses = (header === "" ? "*/*" : header).split(",").map((text) => {
    const [type = "", ...rest] = text.split(";").map((part) => part.trim());
    const parameters = new Map(
      rest.map((part): [string, string] => {
        const [name = "", value = ""] = part.split("=");
        return [name.trim(), value.trim()];
      }),
    );
    const quality = Number(parameters.get("q") ?? 1);
    return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 1 };
  });
  return clauses.sort((a, b) => b.quality - a.quality);
};

const encodingOf = (type: string): Accepted["encoding"] | undefined => {
  if (["application/json", "application/*", "*/*"].includes(type)) return "json";
  return type === "application/yaml" ? "yaml" : undefined;
};

const formOf = (parameters: Clause["parameters"]): Form | undefined => {
  const as = parameters.get("as");
  if (as === undefined) return "object";
  if (parameters.get("g") !== undefined && parameters.get("g") !== "meta.k8s.io") return undefined;
  const version = parameters.get("v") ?? "v1";
  if (version !== "v1") return undefined;
  if (as === "Table") return "table";
  return as === "PartialObjectMetadata" || as === "PartialObjectMetadataList" ? "metadata" : undefined;
};
