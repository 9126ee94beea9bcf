// What files were before saves that no program has started with yet. It is on the pod's disk: a container that is started
// again meanwhile has the last good version from there.
"use strict";
const fs = require("node:fs");
const path = require("node:path");

/** `folder`: nothing is kept without one. */
const openKept = (folder) => {
  const index = path.join(folder || ".", "kept.json");
  /** Name of the copy by file; null for a file that was not there. */
  const copies = new Map(folder ? readIndex(index) : []);
  let number = Math.max(0, ...[...copies.values()].map(Number));
  return {
    hasAny: () => copies.size > 0,
    /** Copies files as they are, those that were kept before excepted. */
    keep: (files, root) => {
      const fresh = files.filter((file) => !copies.has(file));
      if (!folder || fresh.length === 0) return;
      for (const file of fresh) {
        const isThere = fs.lstatSync(path.join(root, file), { throwIfNoEntry: false }) !== undefined;
        const copy = isThere ? String(++number) : null;
        if (isThere) copyTo(path.join(root, file), path.join(folder, copy));
        copies.set(file, copy);
      }
      fs.writeFileSync(`${index}.new`, JSON.stringify([...copies]));
      fs.renameSync(`${index}.new`, index);
    },
    /** Makes files what they were; gives their names. */
    putBack: (root) => {
      for (const [file, copy] of copies) {
        const target = path.join(root, file);
        fs.rmSync(target, { recursive: true, force: true });
        if (copy !== null) copyTo(path.join(folder, copy), target);
      }
      return [...copies.keys()];
    },
    forget: () => {
      if (copies.size === 0) return;
      fs.rmSync(index, { force: true });
      for (const copy of copies.values())
        if (copy !== null) fs.rmSync(path.join(folder, copy), { recursive: true, force: true });
      copies.clear();
    },
  };
};

const readIndex = (index) => {
  try {
    return JSON.parse(fs.readFileSync(index, "utf8"));
  } catch {
    return [];
  }
};

const copyTo = (source, target) => fs.cpSync(source, target, { recursive: true, verbatimSymlinks: true });

module.exports = { openKept };
