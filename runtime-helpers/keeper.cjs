// Starts programs for the process that started it, waits for the end of that process, and then kills everything it ran.
// Arguments: state folder, name of the marking environment variable, begin of its value. One byte on stdin: nothing to do.
"use strict";
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const [dir, variable, id] = process.argv.slice(2);

/** Opening the writing end of a named pipe waits for a reader, and ours may be gone: we are one until it is open. */
const openWriter = (pipe) => {
  const reader = fs.openSync(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  try {
    return fs.openSync(pipe, "w");
  } finally {
    fs.closeSync(reader);
  }
};

/** Answers `{ id, pid }` or `{ id, error: { code, message } }`, and later `{ id, exit: { code, signal } }`. */
const startProgram = ({ id, argv: [program, ...args], cwd, env, pipes }) => {
  // Whom it is told may have ended a moment ago.
  const tell = (message) => process.connected && process.send({ id, ...message }, () => undefined);
  const fail = ({ code, message }) => tell({ error: { code, message } });
  const writers = [];
  try {
    for (const pipe of pipes) writers.push(openWriter(pipe));
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ["ignore", ...writers] });
    child.once("error", fail);
    if (child.pid === undefined) return;
    child.once("exit", (code, signal) => tell({ exit: { code, signal } }));
    tell({ pid: child.pid });
  } catch (error) {
    fail(error);
  } finally {
    for (const writer of writers) fs.closeSync(writer);
  }
};

const startTime = (pid) => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
};

const kill = (pid) => {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false;
  }
};

const killRecorded = () => {
  const folder = path.join(dir, "processes");
  let names = [];
  try {
    names = fs.readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) {
    try {
      const record = JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
      // Without /proc there is no start time to compare cheaply: the group was alive a moment ago.
      if (process.platform !== "linux" || startTime(record.pid) === record.startTime) kill(-record.pid);
    } catch {
      // Half written: the marker finds it.
    }
  }
};

const killMarked = () => {
  const wanted = `\0${variable}=${id}:`;
  let found = 0;
  let names = [];
  try {
    names = fs.readdirSync("/proc");
  } catch {
    return 0;
  }
  for (const name of names) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const environ = fs.readFileSync(`/proc/${name}/environ`, "latin1");
      if (`\0${environ}`.includes(wanted) && startTime(name) !== undefined && kill(Number(name))) found++;
    } catch {
      // Gone, or of another user.
    }
  }
  return found;
};

/** Containers, where the node has made some: they are no children of anybody here. */
const removeContainers = () => {
  let remembered;
  try {
    remembered = JSON.parse(fs.readFileSync(path.join(dir, "containers.json"), "utf8"));
  } catch {
    return;
  }
  const { socketPath, label } = remembered;
  if (socketPath === undefined) return;
  const ask = (method, place, use) => {
    const request = http.request({ socketPath, method, path: place }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk)).on("end", () => use(text));
    });
    request.on("error", () => undefined).end();
  };
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  ask("GET", `/containers/json?all=1&filters=${filters}`, (text) => {
    try {
      for (const { Id } of JSON.parse(text)) ask("DELETE", `/containers/${Id}?force=1&v=1`, () => undefined);
    } catch {
      // Not Docker any more.
    }
  });
};

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
process.on("message", startProgram);
let done = false;
process.stdin.on("data", () => (done = true));
process.stdin.on("error", () => undefined);
process.stdin.on("close", () => {
  if (done) process.exit(0);
  killRecorded();
  removeContainers();
  let quiet = 0;
  const again = () => {
    quiet = killMarked() === 0 ? quiet + 1 : 0;
    // Twice nothing: no process was being made while the list was read.
    if (quiet < 2) setTimeout(again, 100);
  };
  again();
});
