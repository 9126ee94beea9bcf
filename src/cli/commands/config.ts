import type { LoadedConfig } from "../../config/load.ts";
import { redact } from "../../lib/redact.ts";
import type { Handler } from "../command.ts";
import type { ConfigArgs, ConfigWhat } from "../definitions/access.ts";
import { loadTarget } from "../platform.ts";
import { OUTPUT_API_VERSION } from "../../lib/output-api-version.ts";

/** Prints the resolved configuration with the origin of each value, its schema, or only whether it is right. */
export const run: Handler<ConfigArgs & ConfigWhat> = async (args, context) => {
  const { io } = context;
  if (args.action === "schema") {
    const { jsonSchema } = await import("../../config/schema.ts");
    io.stdout.write(`${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
    return;
  }
  const loaded = withoutPasswords(await loadTarget(args, context));
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

/** A proxy's URL may carry its password; output goes into logs and issues. */
const withoutPasswords = (loaded: LoadedConfig): LoadedConfig => {
  const { network } = loaded.platform;
  const { http, https, no } = network.proxy;
  const shown = (url: string | undefined): string | undefined => (url === undefined ? undefined : redact(url));
  const proxy = { http: shown(http), https: shown(https), no };
  return { ...loaded, platform: { ...loaded.platform, network: { ...network, proxy } } };
};
