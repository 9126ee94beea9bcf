import type { Handler } from "../command.ts";
import type { CompletionWhat } from "../definitions/other.ts";
import { completionScript } from "../completion-script.ts";

/** Prints the completion script of a shell, made from the table of commands. */
export const run: Handler<CompletionWhat> = async ({ shell }, { io, commands }) => {
  io.stdout.write(completionScript(shell, commands));
};
