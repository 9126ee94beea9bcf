import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { ANNOTATIONS } from "../../crds/labels.ts";
import type { EndpointTemplate } from "../../crds/types.ts";

/** What a source says of itself cannot be understood. The message names the file and the place. */
export class DescriptorError extends Error {
  override readonly name = "DescriptorError";
}

const TYPES = ["HTTP", "REST", "gRPC", "GraphQL", "Websocket", "TCP", "UDP"] as const;

const endpoint = z.object({
  name: z.string().min(1),
  displayName: z.string().optional(),
  type: z.enum(TYPES),
  service: z.object({ port: z.int().min(1).max(65_535), basePath: z.string().optional() }),
  networkVisibilities: z.array(z.enum(["Project", "Organization", "Public"])).optional(),
});

const component = z.object({ endpoints: z.array(endpoint).optional() });

const workload = z.object({
  endpoints: z
    .array(
      z.object({
        name: z.string().min(1),
        type: z.enum(TYPES),
        port: z.int().min(1).max(65_535),
        context: z.string().optional(),
      }),
    )
    .optional(),
});

/**
 * Endpoints that a source describes, from the texts of its files: `.choreo/component.yaml`, else `.choreo/endpoints.yaml`, else
 * `workload.yaml`. Undefined when none of them says anything. Fields that nobody knows are left alone.
 */
export const describedEndpoints = (
  files: Readonly<Record<"component" | "endpoints" | "workload", string>>,
): EndpointTemplate[] | undefined => {
  for (const [name, text] of [
    [".choreo/component.yaml", files.component],
    [".choreo/endpoints.yaml", files.endpoints],
  ] as const) {
    const found = read(name, text, component)?.endpoints;
    if (found !== undefined) return found.map(templateOf);
  }
  return read("workload.yaml", files.workload, workload)?.endpoints?.map(({ name, type, port, context }) =>
    templateOf({ name, type, service: { port, basePath: context }, networkVisibilities: ["Public"] }),
  );
};

const read = <T>(file: string, text: string, schema: z.ZodType<T>): T | undefined => {
  if (text.trim() === "") return undefined;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined)
    throw new DescriptorError(`${file}:${error.linePos?.[0].line ?? 1}: ${firstLine(error.message)}`);
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const node = document.getIn(path, true) ?? document.getIn(path.slice(0, -1), true);
  const offset = (node as { range?: [number] } | undefined)?.range?.[0] ?? 0;
  throw new DescriptorError(
    `${file}:${lines.linePos(offset).line}: ${path.join(".")}: ${issue?.message ?? "is not valid"}`,
  );
};

const firstLine = (message: string): string => message.split("\n", 1)[0] ?? "";

const templateOf = (one: z.infer<typeof endpoint>): EndpointTemplate => {
  const { name, displayName, type, service, networkVisibilities = [] } = one;
  return {
    metadata: {
      name: name
        .toLowerCase()
        .replaceAll(/[^a-z0-9-]+/g, "-")
        .replaceAll(/^-+|-+$/g, ""),
      annotations: { [ANNOTATIONS.displayName]: displayName ?? name },
    },
    spec: {
      type,
      service: { port: service.port, basePath: service.basePath ?? "/" },
      // Empty is not absent: without a visibility the endpoint is the project's own.
      networkVisibilities: {
        ...(networkVisibilities.includes("Organization") && { organization: { enable: true } }),
        ...(networkVisibilities.includes("Public") && { public: { enable: true } }),
      },
    },
  };
};
