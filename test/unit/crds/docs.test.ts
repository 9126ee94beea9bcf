import { expect, test } from "vitest";
import { resourceDocs } from "../../helpers/resource-docs.ts";

const INTRODUCTION = `# Resources

The platform's kinds, group \`core.choreo.dev\`, version \`v1\`. All but Organization live in the namespace of their organization, in the control
plane. Relations are labels, \`core.choreo.dev/organization\`, \`…/project\`, \`…/component\`, \`…/deployment-track\`, \`…/environment\`, and
\`core.choreo.dev/name\` is the name that others refer to; [deploying.md](deploying.md) shows a whole component.

Every kind has \`status.observedGeneration\` and \`status.conditions\`; [controller.md](controller.md) lists the conditions and their reasons.
\`deployments\` and \`endpoints\` are also kinds of Kubernetes: with kubectl write \`deployments.core.choreo.dev\` and \`endpoints.core.choreo.dev\`.

This file is made from the definitions (\`npx vitest run --project unit test/unit/crds/docs.test.ts -u\`).`;

test("docs/resources.md tells every field of every kind", async () => {
  await expect(await resourceDocs(INTRODUCTION)).toMatchFileSnapshot("../../../docs/resources.md");
});
