import { readFile } from "node:fs/promises";
import { ChoreoError } from "../../lib/errors.ts";
import type { NodeFile } from "./node-io.ts";

export const CA_FOLDER = "/usr/local/share/ca-certificates";

/** CAs of a company for the trust store of a node, checked to be certificates before anything is written. */
export const caFiles = async (files: readonly string[]): Promise<NodeFile[]> =>
  Promise.all(
    files.map(async (file, index) => {
      const content = await readFile(file, "utf8");
      if (!content.includes("-----BEGIN CERTIFICATE-----")) {
        throw new ChoreoError("E_CONFIG", `${file} is no PEM certificate`, {
          why: "network.extraCAs names it",
          fix: "convert it: openssl x509 -inform der -in FILE",
        });
      }
      return { path: `${CA_FOLDER}/choreo-dev-${index}.crt`, content, mode: 0o644 };
    }),
  );
