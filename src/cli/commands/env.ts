import path from "node:path";
import type { Handler } from "../command.ts";
import type { EnvArgs } from "../definitions/access.ts";
import { withPlatform } from "../platform.ts";
import { OUTPUT_API_VERSION } from "../../lib/output-api-version.ts";

/** Prints the variables with which kubectl, Node.js and scripts find the platform. */
export const run: Handler<EnvArgs> = async (args, context) => {
  const variables = await withPlatform(args, context, async (platform): Promise<Record<string, string>> => ({
    CHOREO_DEV_PLATFORM: platform.name,
    CHOREO_DEV_CA: platform.caFile,
    // Node.js trusts this CA besides its own; other programs have to be told by their own options.
    NODE_EXTRA_CA_CERTS: platform.caFile,
    KUBECONFIG: [...new Set(platform.planes.map(({ kubeconfig }) => kubeconfig))].join(path.delimiter),
  }));
  context.io.stdout.write(format(args.output, variables));
};

const format = (output: EnvArgs["output"], variables: Readonly<Record<string, string>>): string => {
  const entries = Object.entries(variables);
  switch (output) {
    case "posix":
      return entries.map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`).join("");
    case "fish":
      return entries
        .map(([name, value]) => `set -gx ${name} '${value.replaceAll(/(['\\])/g, String.raw`\$1`)}'\n`)
        .join("");
    case "json":
      return `${JSON.stringify({ apiVersion: OUTPUT_API_VERSION, kind: "Environment", variables }, undefined, 2)}\n`;
  }
};
