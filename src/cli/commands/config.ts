import type { Handler } from "../command.ts";
import type { ConfigArgs, ConfigWhat } from "../definitions/access.ts";
import { loadTarget } from "../platform.ts";
import { OUTPUT_API_VERSION } from "../render/output.ts";

/** Prints the resolved configuration with the origin of each value, its schema, or only whether it is right. */
export const run: Handler<ConfigArgs & ConfigWhat> = async (args, context) => {
  const { io } = context;
  if (args.action === "schema") {
    const { jsonSchema } = await import("../../config/schema.ts");
    io.stdout.write(`${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
    return;
  }
  const loaded = await loadTarget(args, context);
  const { platform, sources } = loaded;
  if (args.action === "check") {
    io.stdout.write(
      `${platform.file ?? "no choreo-dev.yaml: defaults"} is right: platform "${platform.name}", ${platform.topology}\n`,
    );
    return;
  }
  if (args.output === "json") {
    const document = {
      apiVersion: OUTPUT_API_VERSION,
      kind: "ResolvedPlatform",
      platform,
      sources: Object.fromEntries(sources),
    };
    io.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return;
  }
  const { renderResolved } = await import("../render/resolved.ts");
  io.stdout.write(renderResolved(loaded));
};
