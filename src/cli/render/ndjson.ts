import { redact } from "../../lib/redact.ts";
import type { Io } from "../io.ts";
import type { View } from "./view.ts";

/** Every event as one line of JSON on stdout, as it happens. */
export const createNdjsonView = (io: Pick<Io, "stdout">): View => ({
  show: (event) => {
    io.stdout.write(redact(`${JSON.stringify(event)}\n`));
  },
  end: async () => undefined,
});
