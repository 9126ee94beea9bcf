// `npm run bench:layers -- --json [--changes N]`: what a change of one line moves to the node, for a component whose image has a layer of 300 MB
// below its own. Counted by the registry, in bytes of its answers: to the node's containerd (the image) and to BuildKit (the source,
// and what it builds on); for `choreo-dev build`, and for a rebuild in `choreo-dev dev`.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { pack } from "tar-stream";
import { buildImage, removeImages } from "../src/docker/build-image.ts";
import { connectDocker } from "../src/docker/client.ts";
import { asker, type BenchComponent, deploy, fileOf, until } from "./component.ts";
import { percentile, rounded } from "./measure.ts";
import { type BenchPlatform, registryPort, withPlatform } from "./platform.ts";
import { openSession } from "./session.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, changes: { type: "string", default: "5" } },
});
const changes = Number(values.changes);
const MEGABYTE = 1_000_000;
const BASE_MEGABYTES = 300;
const SOURCE_MEGABYTES = 1;
const BASE = `docker.io/library/choreo-dev-bench-base:${randomBytes(3).toString("hex")}`;
const LABEL = `choreo.dev/bench=${BASE.split(":").at(-1) ?? ""}`;

/** Answers with a line of a file that no program can be fed with: a change of it asks for an image. */
const HEAVY: BenchComponent = {
  name: "heavy",
  type: "Service",
  files: {
    Dockerfile: `FROM ${BASE}\nWORKDIR /app\nCOPY . .\nEXPOSE 9090\nCMD ["node", "server.js"]\n`,
    "server.js":
      'require("node:http").createServer((_, response) => response.end(require("node:fs").readFileSync("answer.cc", "utf8"))).listen(9090);\n',
    "answer.cc": "first",
    "data.txt": randomBytes((SOURCE_MEGABYTES * MEGABYTE * 3) / 4).toString("base64"),
  },
};

interface Moved {
  /** Bytes of the layers that the image has and the one before had not. */
  readonly layers: number;
  readonly toContainerd: number;
  readonly toBuildKit: number;
}

const main = async (platform: BenchPlatform): Promise<void> => {
  deploy(platform, HEAVY);
  const counter = await openCounter(platform);
  const { ask, close } = asker(platform, HEAVY);
  const measure = async (title: string, isBuilt: boolean): Promise<Moved[]> => {
    const moved: Moved[] = [];
    for (let change = 0; change < changes; change++) {
      const answer = `${title} ${change}`;
      writeFileSync(fileOf(platform, HEAVY, "answer.cc"), answer);
      if (isBuilt) platform.choreo("build", HEAVY.name);
      await until(answer, ask);
      moved.push(await counter.next());
    }
    return moved;
  };
  const built = await measure("build", true);
  const session = await openSession(platform, { deployments: 1 });
  await counter.next();
  const rebuilt = await measure("rebuild", false);
  await session.close();
  close();
  const report = {
    name: "layers",
    engine: "kind",
    baseMegabytes: BASE_MEGABYTES,
    ...{ build: told(built), rebuild: told(rebuilt) },
  };
  process.stdout.write(`${JSON.stringify(report, undefined, values.json ? undefined : 2)}\n`);
};

/** Medians, in kB. */
const told = (moved: readonly Moved[]): object => {
  const p50 = (of: (one: Moved) => number, digits = 0): number => rounded(percentile(moved.map(of), 0.5), digits);
  return {
    changes: moved.length,
    changedLayersKb: p50(({ layers }) => layers / 1000),
    imageKb: p50(({ toContainerd }) => toContainerd / 1000),
    imageRatio: p50(({ toContainerd, layers }) => toContainerd / layers, 2),
    sourceKb: p50(({ toBuildKit }) => toBuildKit / 1000),
  };
};

/** What was moved since it was asked the last time. */
const openCounter = async (platform: BenchPlatform): Promise<{ next(): Promise<Moved> }> => {
  const port = registryPort(platform);
  let seen = 0;
  let known: ReadonlySet<string> = new Set();
  const next = async (): Promise<Moved> => {
    const requests = requestsTo(platform).slice(seen);
    seen += requests.length;
    const sum = (agent: string): number =>
      requests.filter((one) => one.agent.startsWith(agent)).reduce((bytes, one) => bytes + one.bytes, 0);
    const image = requests.findLast(({ agent, path }) => agent.startsWith("containerd") && /\/manifests\//.test(path));
    const layers = image === undefined ? [] : await layersOf(`http://127.0.0.1:${port}${image.path}`);
    const changed = layers.filter(({ digest }) => !known.has(digest));
    known = new Set(layers.map(({ digest }) => digest));
    return {
      layers: changed.reduce((bytes, { size }) => bytes + size, 0),
      ...{ toContainerd: sum("containerd"), toBuildKit: sum("buildkit") },
    };
  };
  await next();
  return { next };
};

interface Layer {
  readonly digest: string;
  readonly size: number;
}

const layersOf = async (manifest: string): Promise<readonly Layer[]> => {
  const answer = await fetch(manifest, { headers: { accept: "application/vnd.oci.image.manifest.v1+json" } });
  if (!answer.ok) throw new Error(`${manifest}: ${answer.status}`);
  return ((await answer.json()) as { layers: readonly Layer[] }).layers;
};

interface Request {
  readonly path: string;
  readonly bytes: number;
  readonly agent: string;
}

/** What the registry has answered so far, by its own log: a HEAD has no body. */
const requestsTo = ({ name }: BenchPlatform): Request[] =>
  execFileSync("docker", ["logs", `${name}-registry`], {
    ...{ encoding: "utf8", maxBuffer: 200 * MEGABYTE },
    stdio: ["ignore", "pipe", "ignore"],
  })
    .split("\n")
    .flatMap((line) => {
      const found = /"GET (\S+) HTTP\/[\d.]+" 200 (\d+) "[^"]*" "([^"]*)"/.exec(line);
      return found === null ? [] : [{ path: found[1] ?? "", bytes: Number(found[2]), agent: found[3] ?? "" }];
    });

/** A Node.js with something on top that nothing can compress. */
const makeBase = async (): Promise<() => Promise<void>> => {
  const { docker } = await connectDocker(process.env);
  const context = pack();
  const filled = fill(context);
  await buildImage(docker, {
    ...{ image: BASE, context: context as unknown as Readable, dockerfile: "Dockerfile" },
    labels: Object.fromEntries([LABEL.split("=")]) as Record<string, string>,
    signal: new AbortController().signal,
  });
  await filled;
  return () => removeImages(docker, [LABEL]);
};

const fill = async (context: ReturnType<typeof pack>): Promise<void> => {
  context.entry({ name: "Dockerfile" }, "FROM docker.io/library/node:20-slim\nCOPY ballast /opt/ballast\n");
  const entry = context.entry({ name: "ballast", size: BASE_MEGABYTES * MEGABYTE });
  await pipeline(
    Readable.from(Array.from({ length: BASE_MEGABYTES }), { objectMode: true }).map(() => randomBytes(MEGABYTE)),
    entry,
  );
  context.finalize();
};

const removeBase = await makeBase();
try {
  await withPlatform("kind", main);
} finally {
  await removeBase();
}
