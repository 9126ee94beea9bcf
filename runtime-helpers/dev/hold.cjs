// Loaded into a Node.js program in dev mode: before it listens for the first time it says so, and waits until the program
// before it has left the port.
//   CHOREO_DEV_HOLD   begin of the names of the files by which both sides agree: .want, .go, .up
//   CHOREO_DEV_SPARE  the interpreter is started ahead of the next save: it loads nothing of the program before descriptor 3
//                     says so
"use strict";
const fs = require("node:fs");
const net = require("node:net");

const { CHOREO_DEV_HOLD: hold, CHOREO_DEV_SPARE: spare } = process.env;
const STEP_MS = 1;
const GATE = 3;

/** The port of a call to `listen`; undefined when it is none that could be taken. */
const portOf = ([first]) => {
  const port = first !== null && typeof first === "object" ? first.port : first;
  return /^\d+$/.test(String(port)) && Number(port) > 0 ? Number(port) : undefined;
};

if (spare) {
  delete process.env.CHOREO_DEV_SPARE;
  try {
    fs.readSync(GATE, Buffer.alloc(1));
    fs.closeSync(GATE);
  } catch {
    // It did not come through to here: then nothing is waited for.
  }
}

if (hold) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  let free = false;
  const waitFor = (port) => {
    if (free) return;
    if (!fs.existsSync(`${hold}.go`)) fs.writeFileSync(`${hold}.want`, String(port));
    while (!fs.existsSync(`${hold}.go`)) Atomics.wait(cell, 0, 0, STEP_MS);
    free = true;
  };
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (...args) {
    const port = portOf(args);
    if (port === undefined) return listen.apply(this, args);
    waitFor(port);
    this.once("listening", () => fs.writeFileSync(`${hold}.up`, String(port)));
    return listen.apply(this, args);
  };
}
