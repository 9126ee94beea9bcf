// Records the facts of Kubernetes' built-in types into model/: `node scripts/run-ts.js scripts/generate-model.js`.
// Needs the real kube-apiserver (test/helpers/kube-apiserver.ts) and the Go client with its module proxy.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { messagesOf, moduleDir } from "./generate-model/messages.js";
import { sampleObjects, sampleQuantities } from "./generate-model/samples.js";
import { recordServer } from "./generate-model/server.js";

/** Modules of the Kubernetes release that the recorded server belongs to. */
const MODULES = ["k8s.io/api", "k8s.io/apimachinery", "k8s.io/apiextensions-apiserver"].map(
  (name) => `${name}@v0.34.2`,
);
const OUT = path.join("model", "kubernetes-1.34.ndjson.gz");
/** Test data that goes with it. */
const RECORDED = path.join("test", "unit", "engine", "embedded", "model", "recorded");

const { resources, returnDeleted, definitions, kinds, paths } = await recordServer();
const messages = messagesOf(
  MODULES,
  Object.values(kinds).flatMap((byKind) => Object.values(byKind)),
);

const packageOf = (name) => name.slice(0, name.lastIndexOf("."));
const byPackage = (entries) => {
  const packages = {};
  for (const [name, value] of Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)))
    (packages[packageOf(name)] ??= {})[name.slice(packageOf(name).length + 1)] = value;
  return packages;
};
const schemaPackages = byPackage(definitions);
const messagePackages = byPackage(messages);
const body = [
  ...Object.values(schemaPackages).map((one) => JSON.stringify(one)),
  ...Object.values(messagePackages).map((one) => JSON.stringify(one)),
];
const head = {
  kubernetes: "1.34.2",
  hash: createHash("sha256").update(body.join("\n")).digest("hex"),
  schemas: Object.keys(schemaPackages),
  messages: Object.keys(messagePackages),
  kinds,
  resources,
  returnDeleted,
};
const text = [JSON.stringify(head), ...body].join("\n");
const compressed = (content) =>
  brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: Buffer.byteLength(content),
    },
  });
/** Faster to read than brotli, and that is what every start pays for. */
const gzipped = (content) => {
  const bytes = gzipSync(content, { level: 9 });
  // The system it was made on: the same bytes everywhere.
  bytes[9] = 255;
  return bytes;
};
const write = (file, content) => {
  writeFileSync(file, content);
  console.log(`${file}: ${content.length} bytes`);
};

mkdirSync(RECORDED, { recursive: true });
write(OUT, gzipped(text));
write(path.join(RECORDED, "paths.json.br"), compressed(JSON.stringify(paths)));
write(path.join(RECORDED, "objects.ndjson.br"), compressed(sampleObjects(moduleDir(MODULES[0]), kinds)));
write(path.join(RECORDED, "quantities.json.br"), compressed(JSON.stringify(sampleQuantities())));
console.log(`${resources.length} resources, ${Object.keys(definitions).length} schemas`);
