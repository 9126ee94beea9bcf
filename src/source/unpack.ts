import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Extract, extract } from "tar-stream";
import { ChoreoError } from "../lib/errors.ts";

/**
 * Unpacks what packSource packed into a folder that is made for it. Throws E_SOURCE when the file is not what its digest says:
 * what was written until then is not to be used.
 */
export const unpackSource = async (file: string, digest: string, folder: string): Promise<void> => {
  const hash = createHash("sha256");
  const hashed = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(undefined, chunk);
    },
  });
  const entries = extract();
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const read = pipeline(createReadStream(file), hashed, entries);
  await Promise.all([read, writeAll(entries, folder)]);
  if (`sha256:${hash.digest("hex")}` !== digest)
    throw new ChoreoError("E_SOURCE", `${file} is damaged`, {
      why: "its content is not the one that its digest names",
      fix: "choreo-dev build COMPONENT",
    });
};

const writeAll = async (entries: Extract, folder: string): Promise<void> => {
  for await (const entry of entries) {
    const { name, type, linkname, mode } = entry.header;
    const target = path.resolve(folder, name);
    if (!target.startsWith(`${folder}${path.sep}`)) throw new Error(`${name} is outside of the source`);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o755 });
    if (type === "symlink") await symlink(linkname ?? "", target);
    if (type === "symlink") entry.resume();
    else await pipeline(entry, createWriteStream(target, { mode }));
  }
};
