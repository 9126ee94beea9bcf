import { describe, expect, test } from "vitest";
import { validateLabels, validateProject } from "../../../src/controller/validation.ts";
import type { DeploymentPipeline, Organization, Project } from "../../../src/crds/types.ts";
import type { KubeObject } from "../../../src/k8s/types.ts";
import { resourcesOf } from "../../helpers/choreo-resources.ts";

const make = resourcesOf("acme");
const organization = make.organization() as KubeObject as Organization;
const pipeline = make.pipeline("pipeline", []) as KubeObject as DeploymentPipeline;
const project = make.project("shop", "pipeline") as KubeObject as Project;

const VALID = { organizations: [organization], pipelines: [pipeline], projects: [project] };

const renamed = (name: string, creationTimestamp: string): Project => ({
  ...project,
  metadata: { ...project.metadata, name, creationTimestamp },
});

describe("a project", () => {
  test("is valid in its organization's namespace with a pipeline", () => {
    expect(validateProject(project, VALID)).toEqual([]);
  });

  test.each([
    ["there is no such organization", project, { ...VALID, organizations: [] }, "OrganizationNotFound"],
    [
      "two organizations have the name",
      project,
      { ...VALID, organizations: [organization, organization] },
      "OrganizationAmbiguous",
    ],
    [
      "it is in another namespace",
      project,
      { ...VALID, organizations: [{ ...organization, status: { namespace: "other" } }] },
      "NamespaceMismatch",
    ],
    ["there is no such pipeline", project, { ...VALID, pipelines: [] }, "PipelineNotFound"],
    [
      "an older one has its name",
      renamed("late", "2030-01-02T00:00:00Z"),
      { ...VALID, projects: [renamed("early", "2030-01-01T00:00:00Z")] },
      "NameTaken",
    ],
  ])("is invalid where %s", (_case, given, neighbours, reason) => {
    expect(validateProject(given, neighbours).map((problem) => problem.reason)).toEqual([reason]);
  });

  test("shows all problems at once, but no followers of a missing label", () => {
    expect(validateProject(project, { organizations: [], pipelines: [], projects: [] })).toHaveLength(2);
    const { labels: _labels, ...metadata } = project.metadata;
    const problems = validateProject({ ...project, metadata }, { organizations: [], pipelines: [], projects: [] });
    expect(problems.map(({ reason }) => reason)).toEqual(["LabelMissing", "LabelMissing"]);
  });
});

describe("labels", () => {
  test("are named one by one where they are missing", () => {
    const { labels: _labels, ...metadata } = make.component("cart", "shop").metadata;
    const problems = validateLabels({ ...make.component("cart", "shop"), metadata });
    expect(problems.map(({ message }) => message)).toEqual([
      "Label core.choreo.dev/organization is not set",
      "Label core.choreo.dev/project is not set",
      "Label core.choreo.dev/name is not set",
    ]);
  });
});
