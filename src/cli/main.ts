import { didYouMean } from "../lib/did-you-mean.ts";
import { ChoreoError } from "../lib/errors.ts";
import type { Command } from "./command.ts";
import { commandTable } from "./command-table.ts";
import { renderCommandHelp, renderHelp } from "./help.ts";
import { type Io, processIo } from "./io.ts";
import { ownVersion } from "../lib/own-version.ts";
import { renderError } from "./render/error.ts";
import { styleFor } from "./render/style.ts";
import type { Seams } from "./seams.ts";
import { type Interruption, listenForInterruption } from "./signals.ts";
import { productionSeams } from "./wiring.ts";

/** As a shell reports a process that SIGPIPE ended. */
const EXIT_OUTPUT_CLOSED = 141;

/** What tests replace: streams, environment, folder, the signal, and the layers below. */
export interface MainOptions extends Partial<Io> {
  readonly signal?: AbortSignal;
  readonly seams?: Partial<Seams>;
}

/**
 * The whole command line. Returns the exit code and throws nothing: 0 done, 1 failed, 2 wrong usage or configuration,
 * 3 refused before anything was touched, 4 timed out, 5 could not find out, 130 and 143 interrupted.
 */
export const main = async (argv: readonly string[], options: MainOptions = {}): Promise<number> => {
  const { signal, seams, ...streams } = options;
  const io: Io = { ...processIo(), ...streams };
  const interruption = signal === undefined ? listenForInterruption() : interruptionOf(signal);
  try {
    const code = await dispatch(argv, { io, signal: interruption.signal, seams: { ...productionSeams, ...seams } });
    return interruption.exitCode() ?? code;
  } catch (error) {
    if (interruption.outputClosed()) return EXIT_OUTPUT_CLOSED;
    const wanted = interruption.exitCode();
    // An abort surfaces as whatever was going on just then; the reason is what happened.
    const code = renderError(
      wanted === undefined ? error : asInterruption(error, interruption.signal),
      io.stderr,
      io.env,
    );
    return wanted ?? code;
  } finally {
    interruption.stop();
  }
};

interface World {
  readonly io: Io;
  readonly signal: AbortSignal;
  readonly seams: Seams;
}

const dispatch = async (argv: readonly string[], world: World): Promise<number> => {
  const { io } = world;
  const commands = commandTable();
  const style = styleFor(io.stdout, io.env);
  const [first, ...words] = argv;
  if (first === "--version" || first === "-v") {
    io.stdout.write(`${await ownVersion()}\n`);
    return 0;
  }
  if (first === undefined || first === "--help" || first === "-h" || first === "help") {
    const asked = commands.find(({ name }) => name === words[0]);
    io.stdout.write(
      asked === undefined ? renderHelp(commands, await ownVersion(), style) : renderCommandHelp(asked, style),
    );
    return 0;
  }
  const command = findCommand(commands, first);
  if (asksForHelp(words)) {
    io.stdout.write(renderCommandHelp(command, style));
    return 0;
  }
  const { parseArgs } = await import("./yargs.ts");
  const args = await parseArgs(command, words);
  const { run } = await command.load();
  return (await run(args, { ...world, commands })) ?? 0;
};

const findCommand = (commands: readonly Command[], word: string): Command => {
  const found = commands.find(({ name }) => name === word);
  if (found !== undefined) return found;
  if (word.startsWith("-")) {
    throw new ChoreoError("E_USAGE", `${word} comes before the command`, {
      why: "options belong behind the command's name",
      fix: "choreo-dev COMMAND --help lists the options of a command",
    });
  }
  const near = didYouMean(
    word,
    commands.map(({ name }) => name),
  );
  throw new ChoreoError("E_USAGE", `There is no command "${word}"`, {
    ...(near === undefined ? {} : { why: `did you mean "${near}"?` }),
    fix: "choreo-dev --help lists the commands",
  });
};

const asksForHelp = (words: readonly string[]): boolean => {
  const end = words.indexOf("--");
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === "--help" || word === "-h");
};

const interruptionOf = (signal: AbortSignal): Interruption => ({
  signal,
  exitCode: () => (signal.aborted ? 130 : undefined),
  outputClosed: () => false,
  stop: () => undefined,
});

const asInterruption = (error: unknown, signal: AbortSignal): unknown =>
  error instanceof ChoreoError && error.code === "E_INTERRUPTED" ? error : signal.reason;
