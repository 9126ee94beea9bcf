// One run of the program: its processes, what it printed last, and the files by which it and the shim agree who listens.
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const TAIL_BYTES = 8192;
const LOOK_MS = 2;
/** What takes longer than this to listen is in no hurry. */
const FAST_FOR_MS = 10_000;
const SLOW_LOOK_MS = 100;

const { CHOREO_POD_IP: ip = "", CHOREO_POD_FIRST_PORT: first = "0" } = process.env;
/** As the preload of pods that are processes moves ports that its user may not have. */
const placeOf = (port) => (port < Number(first) ? port + 20000 : port);
/** An address as the kernel's tables show it: its bytes from the last to the first. */
const address = ip
  .split(".")
  .filter(Boolean)
  .map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, "0"))
  .reverse()
  .join("");

/** Whether a socket of this pod listens on the port; undefined where the system does not tell. */
const isListenedOn = (port) => {
  const wanted = `${address}:${placeOf(port).toString(16).toUpperCase().padStart(4, "0")}`;
  try {
    // 0A is the state of those that listen.
    return ["/proc/net/tcp", ...["/proc/net/tcp6"].filter((file) => fs.existsSync(file))]
      .flatMap((file) => fs.readFileSync(file, "utf8").split("\n"))
      .map((line) => line.trim().split(/\s+/))
      .some(([, local = "", , status]) => status === "0A" && local.endsWith(wanted));
  } catch {
    return undefined;
  }
};

/** The port that a program waits for; 0 while it has not said it: its file is there a moment before what is in it. */
const portWanted = (hold) => {
  try {
    return Number(fs.readFileSync(`${hold}.want`, "utf8"));
  } catch {
    return 0;
  }
};

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const environment = (hold, isSpare) => ({
  ...process.env,
  CHOREO_DEV_HOLD: hold,
  ...(isSpare ? { CHOREO_DEV_SPARE: "1" } : {}),
  NODE_OPTIONS: [`--require ${JSON.stringify(path.join(__dirname, "hold.cjs"))}`, process.env.NODE_OPTIONS]
    .filter(Boolean)
    .join(" "),
  PYTHONPATH: [path.join(__dirname, "python"), process.env.PYTHONPATH].filter(Boolean).join(path.delimiter),
  // A source that was replaced within one second would be taken for the one that is compiled already.
  PYTHONDONTWRITEBYTECODE: "1",
});

/**
 * Starts the program. Before it listens it waits for `go`. A spare has its interpreter running and waits for `begin` before it
 * loads anything of the program.
 */
const startRun = ({ argv, scratch, number, isSpare }) => {
  const hold = path.join(scratch, String(number));
  const note = (name, text = "") => fs.writeFileSync(`${hold}.${name}`, text);
  const forget = () => {
    for (const name of ["go", "want", "up"]) fs.rmSync(`${hold}.${name}`, { force: true });
  };
  // A container that was killed leaves them behind.
  forget();
  let printed = Buffer.alloc(0);
  const child = spawn(argv[0], argv.slice(1), {
    env: environment(hold, isSpare),
    stdio: ["ignore", "pipe", "pipe", ...(isSpare ? ["pipe"] : [])],
    detached: true,
  });
  const gate = child.stdio[3];
  gate?.on("error", () => undefined);
  const run = { alive: true, up: false, isHeld: false, tail: () => printed.toString("utf8") };
  for (const name of ["stdout", "stderr"]) {
    child[name].on("data", (chunk) => {
      printed = Buffer.concat([printed, chunk]).subarray(-TAIL_BYTES);
      process[name].write(chunk);
    });
  }
  const over = new Promise((resolve) => {
    const finish = (code) => {
      if (!run.alive) return;
      run.alive = false;
      clean();
      resolve(code);
      run.ended(code);
    };
    child.on("error", (error) => {
      printed = Buffer.from(`${argv[0]}: ${error.message}\n`);
      finish(127);
    });
    // Its output may still be on the way when it has exited; and a child of its own may hold it open for ever.
    child.on("exit", (code, signal) => {
      const known = code ?? 128 + (require("node:os").constants.signals[signal] ?? 0);
      child.on("close", () => finish(known));
      setTimeout(() => finish(known), 100);
    });
  });
  const seen = new Set();
  const told = () => {
    run.isHeld = true;
    run.isUp();
  };
  const look = () => {
    const port = run.alive && !seen.has("want") ? portWanted(hold) : 0;
    if (port > 0) {
      seen.add("want");
      void run.wants(port);
    }
    if (!run.alive || seen.has("up") || !fs.existsSync(`${hold}.up`)) return;
    seen.add("up");
    clearInterval(timer);
    told();
  };
  let timer;
  const lookEvery = (ms) => {
    clearInterval(timer);
    if (run.alive && !seen.has("up")) timer = setInterval(look, ms);
  };
  const clean = () => {
    clearInterval(timer);
    forget();
  };
  const signalAll = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Gone.
    }
  };
  run.begin = () => {
    gate?.end("b");
    lookEvery(LOOK_MS);
    setTimeout(() => lookEvery(SLOW_LOOK_MS), FAST_FOR_MS).unref();
  };
  run.go = () => note("go");
  run.kill = () => signalAll("SIGKILL");
  /** Asks it to end, and resolves with its exit code. */
  run.stop = (signal) => {
    signalAll(signal);
    return over;
  };
  /** Ends it; resolves when it has. */
  run.end = async (graceMs) => {
    const timeout = setTimeout(() => signalAll("SIGKILL"), graceMs);
    await run.stop("SIGTERM");
    clearTimeout(timeout);
    signalAll("SIGKILL");
  };
  /** Ends it; resolves as soon as nobody listens on its port any more. It may go on with what it has begun for a while. */
  run.leave = async (port, graceMs) => {
    void run.end(graceMs);
    while (run.alive && isListenedOn(port) !== false) await pause(LOOK_MS);
  };
  return run;
};

module.exports = { isListenedOn, startRun };
