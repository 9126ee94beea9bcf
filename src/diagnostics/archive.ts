import { once } from "node:events";
import { createReadStream } from "node:fs";
import path from "node:path";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { type Pack, extract, pack } from "tar-stream";
import { ChoreoError, messageOf } from "../lib/errors.ts";
import { writeFileAtomic } from "../lib/fs.ts";
import type { Diagnostics, Manifest } from "./diagnostics.ts";
import type { Part } from "./part.ts";

const MANIFEST = "diagnostics.json";
/** Larger than any archive that this program writes, unpacked: a small file can be made to unpack without an end. */
const LARGEST_UNPACKED = 64_000_000;

/** Writes an archive (tar, gzip) that only this user can read. Returns its size in bytes. */
export const writeArchive = async (file: string, { manifest, parts }: Diagnostics): Promise<number> => {
  const tar = pack();
  const packed = buffer(tar.pipe(createGzip()));
  for (const part of [{ path: MANIFEST, text: json(manifest) }, ...parts]) await add(tar, part, manifest.createdAt);
  tar.finalize();
  const bytes = await packed;
  await writeFileAtomic(file, bytes);
  return bytes.length;
};

/** Writes the same files into a folder: for those who look at once. */
export const writeFolder = async (dir: string, { manifest, parts }: Diagnostics): Promise<void> => {
  for (const part of [{ path: MANIFEST, text: json(manifest) }, ...parts]) {
    await writeFileAtomic(path.join(dir, ...safe(part.path)), part.text);
  }
};

/** What an archive holds. `E_NOT_FOUND` when there is no such file, `E_USAGE` when it is no archive of diagnostics. */
export const readArchive = async (file: string): Promise<Diagnostics> => {
  const parts: Part[] = [];
  const reader = extract();
  const source = createReadStream(file);
  try {
    await once(source, "open");
  } catch (error) {
    throw new ChoreoError("E_NOT_FOUND", `${file} cannot be read`, { why: messageOf(error), cause: error });
  }
  let left = LARGEST_UNPACKED;
  try {
    const unpacked = pipeline(source, createGunzip(), reader);
    unpacked.catch(() => undefined);
    for await (const entry of reader) {
      const { name, size, type } = entry.header;
      left -= size;
      if (left < 0) throw new Error("it unpacks to more than an archive can hold");
      if (type === "file") parts.push({ path: name, text: await text(entry) });
      else entry.resume();
    }
    await unpacked;
  } catch (error) {
    throw noArchive(file, messageOf(error), error);
  }
  const manifest = parts.find((part) => part.path === MANIFEST);
  if (manifest === undefined) throw noArchive(file, `there is no ${MANIFEST} in it`);
  return { manifest: manifestIn(file, manifest.text), parts: parts.filter((part) => part !== manifest) };
};

const add = async (tar: Pack, part: Part, createdAt: string): Promise<void> => {
  const content = Buffer.from(part.text);
  const header = { name: part.path, size: content.length, mode: 0o600, mtime: new Date(createdAt) };
  const entry = tar.entry(header);
  entry.end(content);
  await once(entry, "finish");
};

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Names of pods and containers come from a server: none of them may lead out of the folder. */
export const safe = (at: string): string[] =>
  at.split("/").map((piece) => (piece === "" || piece === "." || piece === ".." ? "_" : piece.replaceAll("\\", "_")));

const manifestIn = (file: string, text: string): Manifest => {
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.kind === "Diagnostics" && Array.isArray(manifest.parts) && Array.isArray(manifest.missing))
      return manifest;
  } catch {
    // Said below.
  }
  throw noArchive(file, `its ${MANIFEST} is none of ours`);
};

const noArchive = (file: string, why: string, cause?: unknown): ChoreoError =>
  new ChoreoError("E_USAGE", `${file} is not an archive of diagnostics`, {
    why,
    fix: "choreo-dev diagnostics writes one",
    cause,
  });
