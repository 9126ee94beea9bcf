/**
 * A small language for structural schemas: one value is both the OpenAPI text of a CRD and, by {@link Infer}, the
 * TypeScript type of what it describes.
 */
export interface Schema<T = unknown> {
  readonly json: JsonSchema;
  /** Never there; carries the type. */
  readonly type?: T;
}

export interface OptionalSchema<T = unknown> extends Schema<T> {
  readonly optional: true;
}

export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly pattern?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-validations"?: readonly Rule[];
  readonly "x-kubernetes-list-type"?: "map" | "atomic" | "set";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
}

/** A CEL rule. Lists that carry one, or hold objects that do, need `maxItems`: the API server budgets its cost. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
}

export type Infer<S> = S extends Schema<infer T> ? T : never;

type Fields = Readonly<Record<string, Schema>>;
type RequiredKeys<F extends Fields> = { [K in keyof F]: F[K] extends OptionalSchema ? never : K }[keyof F];
type OptionalKeys<F extends Fields> = Exclude<keyof F, RequiredKeys<F>>;
type InferObject<F extends Fields> = { [K in RequiredKeys<F>]: Infer<F[K]> } & { [K in OptionalKeys<F>]?: Infer<F[K]> };
/** Flattens the intersection, so that editors show fields. */
type Plain<T> = { [K in keyof T]: T[K] };

export const string = (description: string, more: Partial<JsonSchema> = {}): Schema<string> => ({
  json: { type: "string", description, ...more },
});

export const oneOf = <const V extends readonly string[]>(description: string, values: V): Schema<V[number]> => ({
  json: { type: "string", description, enum: values },
});

export const integer = (description: string, more: Partial<JsonSchema> = {}): Schema<number> => ({
  json: { type: "integer", format: "int32", description, ...more },
});

export const long = (description: string): Schema<number> => ({
  json: { type: "integer", format: "int64", minimum: 0, description },
});

export const boolean = (description: string): Schema<boolean> => ({ json: { type: "boolean", description } });

export const list = <T>(description: string, item: Schema<T>, more: Partial<JsonSchema> = {}): Schema<T[]> => ({
  json: { type: "array", description, items: item.json, ...more },
});

export const map = <T>(
  description: string,
  value: Schema<T>,
  more: Partial<JsonSchema> = {},
): Schema<Record<string, T>> => ({
  json: { type: "object", description, additionalProperties: value.json, ...more },
});

export const object = <F extends Fields>(
  description: string,
  fields: F,
  rules: readonly Rule[] = [],
): Schema<Plain<InferObject<F>>> => {
  const required = Object.keys(fields).filter((key) => !isOptional(fields[key]));
  return {
    json: {
      type: "object",
      description,
      properties: Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.json])),
      ...(required.length === 0 ? {} : { required }),
      ...(rules.length === 0 ? {} : { "x-kubernetes-validations": rules }),
    },
  };
};

export const optional = <T>(schema: Schema<T>): OptionalSchema<T> => ({ ...schema, optional: true });

const isOptional = (schema: Schema | undefined): boolean =>
  (schema as Partial<OptionalSchema> | undefined)?.optional === true;
