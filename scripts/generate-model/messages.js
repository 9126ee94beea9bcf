// Protobuf messages of Kubernetes' Go modules with what decides their JSON: proto files for numbers and types, the tags of
// Go's structs for what is left out when empty.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";

const SCALARS = { string: "s", bytes: "x", bool: "b", int32: "i", int64: "l", double: "d" };

/**
 * Messages that the definitions reach, by the same names. A field is [number, JSON name, type, flags]; a type is a letter
 * of SCALARS, or a message, of the same package when it starts with `.`; the flags:
 * `r` repeated, `m` map from strings, `p` pointer, `o` omitempty, `z` omitzero, `i` inlined into the JSON around it.
 */
export const messagesOf = (modules, definitions) => {
  const all = Object.assign({}, ...modules.map(moduleDir).flatMap(protoFiles).map(readPackage));
  const found = {};
  const queue = [...definitions];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found[name] !== undefined || all[name] === undefined) continue;
    found[name] = all[name];
    const own = name.slice(0, name.lastIndexOf("."));
    for (const [, , type] of all[name]) if (type.includes(".")) queue.push(type.startsWith(".") ? own + type : type);
  }
  return found;
};

export const moduleDir = (module) =>
  JSON.parse(execFileSync("go", ["mod", "download", "-json", module], { encoding: "utf8", cwd: "/" })).Dir;

const protoFiles = (dir) =>
  readdirSync(dir, { recursive: true })
    .filter((file) => path.basename(file) === "generated.proto")
    .map((file) => path.join(dir, file));

const readPackage = (file) => {
  const text = readFileSync(file, "utf8")
    .replaceAll(/\/\/.*$/gm, "")
    .replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const name = openapiName(/^package ([\w.]+);/m.exec(text)[1]);
  const tags = tagsOf(path.dirname(file));
  const messages = {};
  for (const [, message, body] of text.matchAll(/^message (\w+) \{$([\s\S]*?)^\}/gm))
    messages[`${name}.${message}`] = fieldsOf(name, body, tags[message]);
  return messages;
};

/** Proto packages are named `k8s.io.a_b…`, definitions `io.k8s.a-b…`. */
const openapiName = (proto) => proto.replace(/^k8s\.io\./, "io.k8s.").replaceAll("_", "-");

const FIELD = /^\s*(optional|repeated|map<string, ([\w.]+)>)\s+(?:([\w.]+)\s+)?(\w+) = (\d+);/gm;

const fieldsOf = (own, body, tags) => {
  const fields = [...body.matchAll(FIELD)].map(([, label, value, type, name, number]) => {
    const tag = tags?.[number];
    const flags = [label === "repeated" ? "r" : "", value === undefined ? "" : "m", tag?.flags ?? ""].join("");
    return [Number(number), tag?.json ?? name, typeOf(own, value ?? type), flags];
  });
  const statements = body.match(/;/g)?.length ?? 0;
  if (statements !== fields.length) throw new Error(`a field of ${own} is not understood: ${body}`);
  // JSON has the order of the Go fields.
  return fields.sort((a, b) => (tags?.[a[0]]?.order ?? 0) - (tags?.[b[0]]?.order ?? 0));
};

const typeOf = (own, type) => {
  if (SCALARS[type] !== undefined) return SCALARS[type];
  const name = type.startsWith(".") ? openapiName(type.slice(1)) : `${own}.${type}`;
  return name.startsWith(`${own}.`) && !name.slice(own.length + 1).includes(".") ? name.slice(own.length) : name;
};

/** Tags by struct and protobuf number. */
const tagsOf = (dir) => {
  const structs = {};
  for (const file of readdirSync(dir).filter((one) => /^(?!zz_|generated\.pb).*(?<!_test)\.go$/.test(one))) {
    const text = readFileSync(path.join(dir, file), "utf8");
    for (const [, struct, body] of text.matchAll(/^type (\w+) struct \{$([\s\S]*?)^\}/gm)) {
      for (const [, name, type, tag] of body.matchAll(/^\t(?:(\w+)\s+)?([^\s/]\S*)\s+`([^`]*)`/gm)) {
        const [, number] = /protobuf:"\w+,(\d+)/.exec(tag) ?? [];
        const [, json] = /json:"([^"]*)"/.exec(tag) ?? [];
        if (number === undefined || json === undefined) continue;
        const fields = (structs[struct] ??= {});
        fields[number] = { order: Object.keys(fields).length, ...goField(name, type, json) };
      }
    }
  }
  return structs;
};

const goField = (name, type, json) => {
  const [jsonName, ...options] = json.split(",");
  const inline = options.includes("inline") && jsonName === "";
  const flags = [
    type.startsWith("*") ? "p" : "",
    options.includes("omitempty") ? "o" : "",
    options.includes("omitzero") ? "z" : "",
    inline ? "i" : "",
  ].join("");
  return { json: inline ? undefined : jsonName || name, flags };
};
