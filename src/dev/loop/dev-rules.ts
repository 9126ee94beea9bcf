import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ChoreoError, messageOf } from "../../lib/errors.ts";
import { readIfExists } from "../../lib/fs.ts";
import type { SyncRule } from "../classify.ts";

const FILE = ".choreo/component.yaml";

/** Only the part that is about the dev loop: the rest of the file is a build's. */
const component = z.object({
  dev: z
    .strictObject({ sync: z.array(z.strictObject({ path: z.string().min(1), restart: z.boolean().optional() })) })
    .optional(),
});

/** Rules of a component for saves, from `dev.sync` of its `.choreo/component.yaml`. Throws E_SOURCE for what is none. */
export const readDevRules = async (folder: string): Promise<readonly SyncRule[]> => {
  const text = await readIfExists(path.join(folder, FILE));
  if (text === undefined || text.trim() === "") return [];
  try {
    return component.parse(parse(text)).dev?.sync ?? [];
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error).split("\n").join(" ") : messageOf(error);
    throw new ChoreoError("E_SOURCE", `${FILE} says nothing sensible of dev.sync`, {
      why,
      fix: 'dev: { sync: [{ path: "templates/**", restart: false }] }',
      cause: error,
    });
  }
};
