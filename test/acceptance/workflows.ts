import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { parseAllDocuments } from "yaml";
import type { KubeClient } from "../../src/k8s/client.ts";
import type { AnyObject } from "../../src/k8s/types.ts";
import { untilTrue } from "../helpers/until.ts";
import { normalise } from "../helpers/workflow-outcome.ts";

const folder = path.resolve(import.meta.dirname, "../workflows");
const NAMESPACE = "workflow-suite";
const WORKFLOW = { apiVersion: "argoproj.io/v1alpha1", kind: "Workflow" } as const;

/** Of the shared files those that end within seconds, and that show a kind of thing each. */
const FILES: readonly string[] = [
  ...["hello", "steps-parameters", "steps-failure", "steps-continue-on", "dag-diamond", "dag-depends", "dag-fail-fast"],
  ...["when", "loops", "outputs", "exit-code", "exit-handler", "retry", "from-template", "template-ref", "nested"],
  ...["invalid-cycle", "missing-output"],
];

/** Runs shared workflow files; each has to end as it is written in `expected/`. */
export const checkWorkflows = async (client: KubeClient): Promise<void> => {
  await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  // Argo's controller reads and writes for the workflow's account.
  await client.apply({
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" },
    metadata: { name: "workflow-suite", namespace: NAMESPACE },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ kind: "ServiceAccount", name: "default", namespace: NAMESPACE }],
  });
  for (const name of FILES) for (const object of documentsOf(name)) await client.create(object);
  for (const name of FILES) {
    const workflow = await untilTrue(`workflow ${name} to end`, async () => {
      const found = await client.get({ ...WORKFLOW, namespace: NAMESPACE, name });
      return found?.metadata.labels?.["workflows.argoproj.io/completed"] === "true" ? found : undefined;
    });
    const expected: unknown = JSON.parse(readFileSync(path.join(folder, "expected", `${name}.json`), "utf8"));
    expect({ name, outcome: JSON.parse(JSON.stringify(normalise(workflow))) as unknown }).toEqual({
      name,
      outcome: expected,
    });
  }
};

const documentsOf = (name: string): AnyObject[] =>
  parseAllDocuments(readFileSync(path.join(folder, `${name}.yaml`), "utf8"), { version: "1.1" }).map((document) => {
    const object = document.toJS() as AnyObject;
    return { ...object, metadata: { ...object.metadata, namespace: NAMESPACE } };
  });
