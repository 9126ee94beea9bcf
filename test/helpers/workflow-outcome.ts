/** What two executors of one workflow have to agree on: no times, hosts or resource figures. */
export interface Outcome {
  readonly phase: unknown;
  readonly message?: unknown;
  readonly progress?: unknown;
  readonly outputs?: unknown;
  readonly conditions: unknown;
  readonly labels: unknown;
  readonly nodes: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

const NODE_FIELDS = [
  "id",
  "displayName",
  "type",
  "phase",
  "message",
  "templateName",
  "templateRef",
  "templateScope",
  "boundaryID",
  "inputs",
  "outputs",
  "nodeFlag",
  "daemoned",
  "progress",
];

/** By the names of nodes, which do not depend on the executor. */
export const normalise = (workflow: { readonly metadata: unknown; readonly status?: unknown }): Outcome => {
  const status = fields(workflow.status);
  const labels = fields(fields(workflow.metadata)["labels"]);
  const nodes = Object.values(fields(status["nodes"])).map(fields);
  return {
    ...pick(status, ["phase", "message", "progress", "outputs"]),
    phase: status["phase"],
    conditions: list(status["conditions"])
      .map((condition) => pick(fields(condition), ["type", "status", "message"]))
      .sort(byJson),
    labels: pick(labels, ["workflows.argoproj.io/phase", "workflows.argoproj.io/completed"]),
    nodes: Object.fromEntries(nodes.map((node) => [String(node["name"]), normaliseNode(node)] as const).sort(byJson)),
  };
};

const normaliseNode = (node: Fields): Fields => ({
  ...pick(node, NODE_FIELDS),
  ...sortedLists(pick(node, ["children", "outboundNodes"])),
});

const sortedLists = (object: Fields): Fields =>
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, [...list(value)].map(String).sort((a, b) => (a < b ? -1 : 1))]),
  );

const pick = (object: Fields, keys: readonly string[]): Fields =>
  Object.fromEntries(keys.filter((key) => object[key] !== undefined).map((key) => [key, object[key]]));

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const fields = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});

const byJson = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
