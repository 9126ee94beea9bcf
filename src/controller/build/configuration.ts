import type { DeployableArtifact } from "../../crds/types.ts";
import { describedEndpoints } from "./descriptor.ts";
import type { BuildInput } from "./inputs.ts";

type Configuration = NonNullable<DeployableArtifact["spec"]["configuration"]>;
type Outputs = Readonly<Record<string, string>>;

/** How an artifact is run: what the source says of itself, or what its component's type suggests. Throws DescriptorError. */
export const configurationOf = ({ component, build }: BuildInput, outputs: Outputs): Configuration => {
  const { component: file = "", endpoints = "", workload = "" } = outputs;
  const described = describedEndpoints({ component: file, endpoints, workload });
  switch (component.spec.type) {
    case "WebApplication":
      return { endpointTemplates: described ?? [webApplication(webPort(build, outputs))] };
    case "ScheduledTask":
      return { application: { task: { disabled: false, schedule: { cron: "*/5 * * * *", timezone: "Etc/UTC" } } } };
    case "Service":
      return { endpointTemplates: described ?? [service(portOf(outputs, 8080))] };
    default:
      return {};
  }
};

type Template = NonNullable<Configuration["endpointTemplates"]>[number];

const webPort = ({ spec }: BuildInput["build"], outputs: Outputs): number =>
  spec.buildConfiguration.buildpack?.name === "PHP" ? 8080 : portOf(outputs, 80);

/** What the Dockerfile exposes. */
const portOf = ({ port = "" }: Outputs, otherwise: number): number => (/^\d+$/.test(port) ? Number(port) : otherwise);

const webApplication = (port: number): Template => ({
  metadata: { name: "webapp" },
  spec: { type: "HTTP", service: { basePath: "/", port } },
});

const service = (port: number): Template => ({
  metadata: { name: "http" },
  spec: { type: "HTTP", service: { basePath: "/", port }, networkVisibilities: { public: { enable: true } } },
});
