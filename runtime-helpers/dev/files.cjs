// Brings the program's folder to what the manifest says. What was applied is remembered: a save writes what it changed.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const applied = new Map();

/** Files that are written at once are replaced, so that nobody sees half of one. */
const put = (source, target, { mode, link }) => {
  fs.mkdirSync(path.dirname(target), { recursive: true });
  if (fs.lstatSync(target, { throwIfNoEntry: false })?.isDirectory()) fs.rmSync(target, { recursive: true });
  const fresh = `${target}.choreo-new`;
  fs.rmSync(fresh, { force: true });
  if (link === undefined) {
    fs.copyFileSync(source, fresh);
    fs.chmodSync(fresh, mode);
  } else fs.symlinkSync(link, fresh);
  fs.renameSync(fresh, target);
};

/** A folder is there because of its files. */
const remove = (file, root) => {
  fs.rmSync(path.join(root, file), { force: true, recursive: true });
  for (let folder = path.dirname(file); folder !== "."; folder = path.dirname(folder)) {
    try {
      fs.rmdirSync(path.join(root, folder));
    } catch {
      return;
    }
  }
};

/** `kept`: takes what the files were before; undefined: nobody asks. */
const applyFiles = ({ files, removed }, { from, to, kept }) => {
  const gone = removed.filter((file) => applied.get(file) !== "removed");
  const written = Object.entries(files).filter(([file, { hash }]) => applied.get(file) !== hash);
  kept?.keep([...gone, ...written.map(([file]) => file)], to);
  for (const file of gone) {
    remove(file, to);
    applied.set(file, "removed");
  }
  for (const [file, facts] of written) {
    put(path.join(from, file), path.join(to, file), facts);
    applied.set(file, facts.hash);
  }
};

/** Makes files what they were when the program was started with them. The next call of `applyFiles` saves them again. */
const putBack = (kept, to) => {
  for (const file of kept.putBack(to)) applied.delete(file);
};

module.exports = { applyFiles, putBack };
