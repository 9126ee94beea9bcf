import { TemplateError } from "../template/resolve.ts";

/** What a field may be: a type's name, a list of one thing, an object with these fields, or a map of one thing. */
type Shape = "string" | "int" | "bool" | "any" | readonly [Shape] | { readonly [field: string]: Shape } | Named;

interface Named {
  readonly values: Shape;
  readonly map: true;
}

const isNamed = (shape: object): shape is Named => "map" in shape && shape.map === true;

const PARAMETERS: Shape = [
  {
    name: "string",
    enum: ["any"],
    globalName: "string",
    valueFrom: { path: "string", parameter: "string", expression: "string" },
  },
];
const ARGUMENTS: Shape = { parameters: PARAMETERS, artifacts: [{ name: "string", path: "string" }] };
const REF: Shape = { name: "string", template: "string", clusterScope: "bool" };
const HOOK: Shape = { template: "string", templateRef: REF, arguments: ARGUMENTS, expression: "string" };
const CONTAINER: Shape = {
  name: "string",
  image: "string",
  source: "string",
  workingDir: "string",
  command: ["string"],
  args: ["string"],
  volumeMounts: [
    {
      name: "string",
      mountPath: "string",
    },
  ],
  env: [
    {
      name: "string",
      value: "string",
    },
  ],
};
const CALL: Shape = {
  name: "string",
  template: "string",
  templateRef: REF,
  arguments: ARGUMENTS,
  when: "string",
  withItems: ["any"],
  withParam: "string",
  withSequence: { format: "string" },
  onExit: "string",
  continueOn: {
    failed: "bool",
    error: "bool",
  },
  hooks: {
    map: true,
    values: HOOK,
  },
  dependencies: ["string"],
  depends: "string",
};
const METADATA: Shape = { labels: { map: true, values: "string" }, annotations: { map: true, values: "string" } };
const TEMPLATE: Shape = {
  name: "string",
  inputs: ARGUMENTS,
  outputs: ARGUMENTS,
  container: CONTAINER,
  script: CONTAINER,
  steps: [[CALL]],
  dag: {
    tasks: [CALL],
    target: "string",
    failFast: "bool",
  },
  timeout: "string",
  retryStrategy: {
    retryPolicy: "string",
    expression: "string",
  },
  parallelism: "int",
  failFast: "bool",
  metadata: METADATA,
  sidecars: [CONTAINER],
  initContainers: [CONTAINER],
  volumes: [{ name: "string" }],
};
const SPEC: Shape = {
  entrypoint: "string",
  onExit: "string",
  arguments: ARGUMENTS,
  templates: [TEMPLATE],
  templateDefaults: TEMPLATE,
  hooks: {
    map: true,
    values: HOOK,
  },
  parallelism: "int",
  activeDeadlineSeconds: "int",
  suspend: "bool",
  workflowTemplateRef: {
    name: "string",
    clusterScope: "bool",
  },
  serviceAccountName: "string",
  shutdown: "string",
  podGC: { strategy: "string" },
  podMetadata: METADATA,
  volumes: [{ name: "string" }],
};

/** The schema of the kinds accepts anything: what has the wrong type is told here, much as Argo does. Throws a TemplateError. */
export const checkShape = (spec: unknown): void => check(spec, SPEC, "spec");

const check = (value: unknown, shape: Shape, where: string): void => {
  if (value === undefined || value === null || shape === "any") return;
  const wrong = (type: string): TemplateError =>
    new TemplateError(
      `cannot unmarshall spec: json: cannot unmarshal ${kindOf(value)} into Go struct field ${where} of type ${type}`,
    );
  if (typeof shape === "string") {
    if (!fits(value, shape)) throw wrong(shape);
  } else if (isList(shape)) {
    if (!Array.isArray(value)) throw wrong(`[]${typeof shape[0] === "string" ? shape[0] : "object"}`);
    for (const item of value) check(item, shape[0], where);
  } else {
    if (typeof value !== "object" || Array.isArray(value)) throw wrong("object");
    for (const [field, inner] of Object.entries(value)) {
      const expected = isNamed(shape) ? shape.values : Object.hasOwn(shape, field) ? shape[field] : undefined;
      if (expected !== undefined) check(inner, expected, `${where}.${field}`);
    }
  }
};

const isList = (shape: object): shape is readonly [Shape] => Array.isArray(shape);

const fits = (value: unknown, type: string): boolean =>
  type === "int" ? Number.isInteger(value) : typeof value === (type === "bool" ? "boolean" : type);

const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
};
