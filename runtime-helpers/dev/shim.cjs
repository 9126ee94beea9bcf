// Runs a program in dev mode: starts it again when what it is made of changes, and the one before serves until the new one is
// about to listen. The process that started this one sees one program that never ends.
//   node shim.cjs COMMAND [ARG…]
//   CHOREO_DEV_IN     folder with manifest.json and files/, written by the dev session, read only
//   CHOREO_DEV_STATE  folder for what became of it: one file, named after the pod
//   CHOREO_DEV_POD    name of the pod
//   CHOREO_DEV_RUN    scratch folder
//   CHOREO_DEV_KEPT   folder that outlives the container, for the last good version; empty: it lives as long as its process
//   CHOREO_DEV_ROOT   folder that the files go to; empty: the program runs from where they are saved
//   CHOREO_DEV_PORTS  ports that the program is asked on; empty: it serves nobody, and two never run at once
"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { applyFiles, putBack } = require("./files.cjs");
const { openKept } = require("./kept.cjs");
const { isListenedOn, startRun } = require("./run.cjs");

const { CHOREO_DEV_IN: input, CHOREO_DEV_STATE: state, CHOREO_DEV_RUN: scratch, CHOREO_DEV_ROOT: root } = process.env;
const ports = (process.env.CHOREO_DEV_PORTS ?? "").split(",").filter(Boolean).map(Number);
const pod = process.env.CHOREO_DEV_POD || os.hostname();
const argv = process.argv.slice(2);
const kept = openKept(root && process.env.CHOREO_DEV_KEPT);

if (argv[0] === "--copy") {
  fs.cpSync(argv[1], argv[2], { recursive: true, verbatimSymlinks: true });
  process.exit(0);
}

/** Where no event tells of a change, a look at the manifest does. */
const POLL_MS = 200;
/** How long a program without ports has to live to count as started. */
const PROOF_MS = 300;
/** How long the one before may take for requests that it has begun. */
const GRACE_MS = 2000;
const FIRST_PAUSE_MS = 300;
const LAST_PAUSE_MS = 5000;
/** Not while the program that was just started has the processor. */
const SPARE_AFTER_MS = 250;
const CODE = /\.(?:[cm]?[jt]s|py)$/;

let manifest = { generation: -1, starts: -1, files: {}, removed: [] };
/** The run that is asked, and the one that is to take its place. */
let served;
let candidate;
/** An interpreter for the next save. */
let spare;
let sparing;
let canHold = false;
let pauseMs = FIRST_PAUSE_MS;
let retry;
let number = 0;
let ending = false;
let told = {};
/** Why what was saved last does not start. */
let broken;
/** The files are those of the last good version, not those that were saved. */
let isOld = false;
const times = {};

const tell = (phase, more = {}) => {
  const { generation } = manifest;
  told = { generation, phase, serving: served !== undefined, ms: { ...times }, ...more };
  const file = path.join(state, `${pod}.json`);
  try {
    fs.writeFileSync(`${file}.new`, JSON.stringify(told), { mode: 0o644 });
    fs.renameSync(`${file}.new`, file);
  } catch (error) {
    console.error(`choreo-dev: the dev session cannot be told: ${error.message}`);
  }
};

const readManifest = () => {
  try {
    return JSON.parse(fs.readFileSync(path.join(input, "manifest.json"), "utf8"));
  } catch {
    return undefined;
  }
};

const look = () => {
  const next = readManifest();
  if (ending || next === undefined || next.generation === manifest.generation) return;
  const began = performance.now();
  const isFirst = manifest.generation === -1;
  if (!bring(next, { isFirst })) return;
  times.copy = performance.now() - began;
  const again = next.starts !== manifest.starts || (served === undefined && candidate === undefined);
  // Settings may be read by the interpreter itself, before the program is.
  const cold = changedFiles(manifest, next).some((file) => !CODE.test(file));
  manifest = next;
  // The container was started again, and nobody knows of these files that they start.
  if (isFirst && kept.hasAny()) goBack();
  if (again) return launch(cold);
  if (candidate !== undefined) return;
  if (broken === undefined) kept.forget();
  tell(told.phase === "failed" ? "failed" : "ready", { error: told.error });
};

/** False when it cannot be done, which is told. */
const bring = (next, { isFirst = false } = {}) => {
  try {
    // What a container starts with is nothing that a save has changed.
    const keeps = isFirst ? {} : { kept };
    if (root) applyFiles(next, { from: path.join(input, "files"), to: root, ...keeps });
    isOld = false;
    return true;
  } catch (error) {
    manifest = next;
    tell("failed", { error: `a saved file cannot be written: ${error.message}` });
    return false;
  }
};

const goBack = () => {
  try {
    putBack(kept, root);
    isOld = true;
  } catch (error) {
    console.error(`choreo-dev: the last good version is lost: ${error.message}`);
    kept.forget();
    bring(manifest);
  }
};

const changedFiles = (before, next) =>
  Object.keys(next.files).filter((file) => next.files[file].hash !== before.files[file]?.hash);

const launch = (cold = false) => {
  clearTimeout(retry);
  broken = undefined;
  candidate?.kill();
  candidate = undefined;
  if (ports.length === 0 && served !== undefined) return void replaceAtRest(cold);
  begin({ holds: served !== undefined, cold });
};

/** Nobody asks it, so nothing tells when the new one could take over: the old one ends first. */
const replaceAtRest = async (cold) => {
  const before = served;
  served = undefined;
  await before.end(GRACE_MS);
  if (candidate === undefined && !ending) begin({ holds: false, cold });
};

const begin = ({ holds, cold = false }) => {
  const began = performance.now();
  if (cold || spare?.alive === false) {
    spare?.kill();
    spare = undefined;
  }
  const run = spare ?? startRun({ argv, scratch, number: ++number, isSpare: false });
  spare = undefined;
  candidate = run;
  run.wants = async (port) => {
    if (candidate !== run) return;
    // The one before has ended by itself meanwhile.
    if (served === undefined) return run.go();
    const before = served;
    served = run;
    candidate = undefined;
    await before.leave(port, GRACE_MS);
    run.go();
  };
  run.isUp = () => {
    if (run !== candidate && run !== served) return;
    canHold = run.isHeld;
    if (run.up) return;
    run.up = true;
    if (candidate === run) candidate = undefined;
    served = run;
    pauseMs = FIRST_PAUSE_MS;
    times.start = performance.now() - began;
    if (isOld) return servesOld();
    broken = undefined;
    if (candidate === undefined) kept.forget();
    if (manifest.generation >= 0) tell("ready");
    prepareSpareSoon();
  };
  run.ended = (code) => ended(run, code);
  if (ports.length === 0) setTimeout(() => run.alive && run.isUp(), PROOF_MS);
  if (!holds) run.go();
  run.begin();
};

/** The last good version is there again: what was saved after it has its turn, unless that was tried already. */
const servesOld = () => {
  prepareSpareSoon();
  if (broken !== undefined) tell("failed", broken);
  else if (bring(manifest)) launch(true);
};

const prepareSpareSoon = () => {
  clearTimeout(sparing);
  sparing = setTimeout(prepareSpare, SPARE_AFTER_MS);
};

/** Most of what a small program takes to start is its interpreter. */
const prepareSpare = () => {
  // One that the preload does not reach would not wait: it would run beside the other.
  if (ending || !canHold || spare?.alive === true) return;
  spare = startRun({ argv, scratch, number: ++number, isSpare: true });
  spare.ended = () => undefined;
};

const ended = (run, code) => {
  if (ending || (run !== candidate && run !== served)) return;
  const error = run.tail();
  if (run === candidate && served !== undefined && /EADDRINUSE|address already in use/i.test(error)) {
    // A program that listens in a way that cannot be held: the one before has to go first.
    const before = served;
    served = undefined;
    candidate = undefined;
    void before.leave(ports[0], GRACE_MS).then(() => candidate === undefined && begin({ holds: false }));
    return;
  }
  if (run === candidate) candidate = undefined;
  if (run === served) served = undefined;
  if (served === undefined) candidate?.go();
  if (!run.up && !isOld) broken = { code, error };
  tell(run.up ? "ended" : "failed", { code, error });
  prepareSpareSoon();
  if (served !== undefined) return;
  if (isOld && !run.up) {
    // It is not good any more either.
    kept.forget();
    bring(manifest);
  } else if (broken !== undefined && kept.hasAny()) goBack();
  retry = setTimeout(() => candidate === undefined && begin({ holds: false }), pauseMs);
  pauseMs = Math.min(pauseMs * 2, LAST_PAUSE_MS);
};

const stop = async (signal) => {
  ending = true;
  clearTimeout(retry);
  fs.rmSync(path.join(state, `${pod}.json`), { force: true });
  candidate?.kill();
  spare?.kill();
  const code = await served?.stop(signal);
  process.exit(code ?? 0);
};

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => void stop(signal));
fs.watch(input, look).on("error", () => undefined);
setInterval(() => {
  look();
  // A program that listens in a way that cannot be seen from inside is up when its port is.
  if (served === undefined && ports.some((port) => isListenedOn(port) === true)) candidate?.isUp();
}, POLL_MS);
look();
if (served === undefined && candidate === undefined) launch();
