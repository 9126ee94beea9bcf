import type { DeployableArtifact } from "../../crds/types.ts";
import type { BuildInput } from "./inputs.ts";

type Configuration = NonNullable<DeployableArtifact["spec"]["configuration"]>;

/** How an artifact is run: what the source says of itself, or what its component's type suggests. */
export const configurationOf = (
  { component, build }: BuildInput,
  outputs: Readonly<Record<string, string>>,
): Configuration => {
  switch (component.spec.type) {
    case "WebApplication":
      return webApplication(build.spec.buildConfiguration.buildpack?.name === "PHP" ? 8080 : portOf(outputs, 80));
    case "ScheduledTask":
      return { application: { task: { disabled: false, schedule: { cron: "*/5 * * * *", timezone: "Etc/UTC" } } } };
    case "Service":
      return service(portOf(outputs, 8080));
    default:
      return {};
  }
};

const portOf = ({ port = "" }: Readonly<Record<string, string>>, otherwise: number): number =>
  /^\d+$/.test(port) ? Number(port) : otherwise;

const webApplication = (port: number): Configuration => ({
  endpointTemplates: [{ metadata: { name: "webapp" }, spec: { type: "HTTP", service: { basePath: "/", port } } }],
});

const service = (port: number): Configuration => ({
  endpointTemplates: [
    {
      metadata: { name: "http" },
      spec: { type: "HTTP", service: { basePath: "/", port }, networkVisibilities: { public: { enable: true } } },
    },
  ],
});
