/** What a user writes for a component that is built from the folder `src` beside the file. */
export const sourceResources = ({ name, type }: { readonly name: string; readonly type: string }): object => {
  const labels = (own: Record<string, string>): object =>
    Object.fromEntries(
      Object.entries({ organization: "default-org", project: "default-project", ...own }).map(([key, value]) => [
        `core.choreo.dev/${key}`,
        value,
      ]),
    );
  const object = (kind: string, title: string, own: Record<string, string>, spec: object): object => ({
    ...{ apiVersion: "core.choreo.dev/v1", kind, spec },
    metadata: { name: title, namespace: "default-org", labels: labels(own) },
  });
  return {
    ...{ apiVersion: "v1", kind: "List" },
    items: [
      object("Component", name, { name }, { type, source: { local: { path: "src" } } }),
      object("DeploymentTrack", `${name}-main`, { name: "main", component: name }, { autoDeploy: true }),
    ],
  };
};
