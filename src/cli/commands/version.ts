import { loadCatalog } from "../../addons/catalog.ts";
import type { Handler } from "../command.ts";
import type { VersionArgs } from "../definitions/other.ts";
import { ownVersion } from "../../lib/own-version.ts";
import { OUTPUT_API_VERSION } from "../../lib/output-api-version.ts";
import { writeResult } from "../render/output.ts";
import { renderTable } from "../render/table.ts";

/** Prints the version of the program, of Node.js, and of every addon that this version pins. */
export const run: Handler<VersionArgs> = async (args, { io }) => {
  const [version, catalog] = await Promise.all([ownVersion(), loadCatalog()]);
  const addons = catalog.map((addon) => ({ name: addon.name, version: addon.version }));
  const node = process.versions.node;
  await writeResult(io, args.output, {
    value: {
      apiVersion: OUTPUT_API_VERSION,
      kind: "Version",
      version,
      node,
      platform: `${process.platform}/${process.arch}`,
      addons,
    },
    table: () =>
      renderTable(["choreo-dev", version], [["node", node], ...addons.map((addon) => [addon.name, addon.version])]),
  });
};
