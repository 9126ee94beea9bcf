import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import type { ShimState, SyncedFile } from "../../../src/dev/sync/manifest.ts";
import { untilTrue } from "../../helpers/until.ts";

const HELPERS = path.resolve(import.meta.dirname, "../../../runtime-helpers/dev");

interface Language {
  readonly name: string;
  readonly shim: readonly string[];
  readonly file: string;
  readonly command: readonly string[];
  /** A server that answers so, and `before` it is one. */
  server(answer: string, port: number, before?: string): string;
  readonly broken: string;
  readonly error: RegExp;
  /** Statement that ends the program when it is asked for /end. */
  readonly slowEnd: string;
}

const NODE: Language = {
  name: "Node.js",
  shim: [process.execPath, path.join(HELPERS, "shim.cjs")],
  file: "server.js",
  command: [process.execPath, "server.js"],
  server: (answer, port, before = "") => `${before}
    const names = () => require("node:fs").readdirSync(".").sort().join(" ");
    const server = require("node:http").createServer((request, response) => {
      if (request.url === "/end") process.exit(3);
      response.end(request.url === "/files" ? names() : request.url === "/pid" ? String(process.pid) : ${JSON.stringify(answer)});
    });
    server.listen(${port});`,
  broken: "const = 1;",
  error: /SyntaxError/,
  slowEnd: `process.on("SIGTERM", () => server.close(() => process.exit(0)));`,
};

const PYTHON: Language = {
  name: "Python",
  shim: ["python3", path.join(HELPERS, "shim.py")],
  file: "server.py",
  command: ["python3", "-u", "server.py"],
  server: (answer, port, before = "") => `${before}
import os, signal, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/end": os._exit(3)
        body = {"/files": " ".join(sorted(os.listdir("."))), "/pid": str(os.getpid())}.get(self.path, ${JSON.stringify(answer)}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
server = ThreadingHTTPServer(("127.0.0.1", ${port}), Handler)
threading.Thread(target=server.serve_forever).start()`,
  broken: "const = = 1",
  error: /SyntaxError/,
  slowEnd: `signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())`,
};

const hasPython = spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"]).status === 0;

interface Shimmed {
  readonly port: number;
  readonly child: ChildProcess;
  /** Saves files (undefined: removes them), and resolves with what the shim says of it. */
  save(files: Record<string, string | undefined>, restart?: boolean): Promise<ShimState>;
  state(): ShimState | undefined;
  /** As when its container is killed and started again; `isFresh`: with the folder as the image has it. */
  restart(isFresh: boolean): Promise<void>;
  ask(file?: string, agent?: http.Agent): Promise<string>;
}

const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

/** Starts a shim over a folder that is empty but for the program. */
const start = async (
  language: Language,
  first: string | ((port: number) => string),
  options: { readonly command?: readonly string[]; readonly ports?: readonly number[]; readonly keeps?: boolean } = {},
): Promise<Shimmed> => {
  const port = await freePort();
  const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-test-"));
  const at = (...parts: string[]): string => path.join(dir, ...parts);
  for (const folder of ["in/files", "state", "run", "kept", "root", "image"])
    mkdirSync(at(folder), { recursive: true });
  writeFileSync(at("image", language.file), typeof first === "string" ? first : first(port));
  cpSync(at("image"), at("root"), { recursive: true });
  let manifest = { generation: 0, starts: 0, files: {} as Record<string, SyncedFile>, removed: [] as string[] };
  const write = (): void => {
    writeFileSync(at("in/manifest.new"), JSON.stringify(manifest));
    renameSync(at("in/manifest.new"), at("in/manifest.json"));
  };
  write();
  const [program = "", ...args] = [...language.shim, ...(options.command ?? language.command)];
  const run = (): ChildProcess =>
    spawn(program, args, {
      cwd: at("root"),
      env: {
        ...process.env,
        CHOREO_DEV_IN: at("in"),
        CHOREO_DEV_STATE: at("state"),
        CHOREO_DEV_RUN: at("run"),
        CHOREO_DEV_KEPT: options.keeps === false ? "" : at("kept"),
        CHOREO_DEV_ROOT: at("root"),
        CHOREO_DEV_PORTS: (options.ports ?? [port]).join(","),
      },
      stdio: "ignore",
    });
  let child = run();
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    rmSync(dir, { recursive: true, force: true });
  });
  const state = (): ShimState | undefined => {
    const [name] = readdirSync(at("state")).filter((file) => file.endsWith(".json"));
    return name === undefined ? undefined : (JSON.parse(readFileSync(at("state", name), "utf8")) as ShimState);
  };
  return {
    ...{ port, child, state },
    restart: async (isFresh) => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      // With a container all of its processes end.
      for (const pid of processesOf(dir)) process.kill(pid, "SIGKILL");
      for (const name of readdirSync(at("state"))) rmSync(at("state", name));
      if (isFresh) {
        for (const name of readdirSync(at("root"))) rmSync(at("root", name), { recursive: true });
        cpSync(at("image"), at("root"), { recursive: true });
      }
      child = run();
    },
    save: async (files, restart = true) => {
      const known = new Map(Object.entries(manifest.files));
      const removed = new Set(manifest.removed);
      for (const [file, content] of Object.entries(files)) {
        known.delete(file);
        removed.add(file);
        if (content === undefined) continue;
        removed.delete(file);
        mkdirSync(path.dirname(at("in/files", file)), { recursive: true });
        writeFileSync(at("in/files", file), content);
        known.set(file, { hash: `${manifest.generation + 1}`, mode: 0o644 });
      }
      manifest = {
        generation: manifest.generation + 1,
        starts: manifest.starts + (restart ? 1 : 0),
        files: Object.fromEntries(known),
        removed: [...removed],
      };
      write();
      const { generation } = manifest;
      return untilTrue("the shim to take it", async () => {
        const now = state();
        return now !== undefined && now.generation === generation ? now : undefined;
      });
    },
    ask: async (file = "/", agent) => {
      const request = http.get({ host: "127.0.0.1", port, path: file, ...(agent === undefined ? {} : { agent }) });
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      return text(response);
    },
  };
};

/** Those that were started with something of a folder in their environment. */
const processesOf = (folder: string): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder);
      } catch {
        return false;
      }
    })
    .map(Number);

const started = async (shimmed: Shimmed): Promise<Shimmed> => {
  await untilTrue("the program to be served", async () => (shimmed.state()?.phase === "ready" ? true : undefined));
  return shimmed;
};

describe.each([NODE, ...(hasPython ? [PYTHON] : [])])("the dev shim of $name", (language) => {
  const serves =
    (answer: string, before = "", after = ""): ((port: number) => string) =>
    (port) =>
      `${language.server(answer, port, before)}\n${after}`;

  test("serves what was saved when it says so", async () => {
    const shimmed = await started(await start(language, serves("one")));
    expect(await shimmed.ask()).toBe("one");
    for (const answer of ["two", "three", "four"]) {
      const state = await shimmed.save({ [language.file]: language.server(answer, shimmed.port) });
      expect(state).toMatchObject({ phase: "ready", serving: true });
      expect(await shimmed.ask()).toBe(answer);
    }
  });

  test("goes on serving when the new program ends before it listens, says why, and heals with the next save", async () => {
    const shimmed = await started(await start(language, serves("good")));
    const pid = await shimmed.ask("/pid");
    const state = await shimmed.save({ [language.file]: language.broken });
    expect(state).toMatchObject({ phase: "failed", serving: true });
    expect(state.error).toMatch(language.error);
    expect(await shimmed.ask("/pid")).toBe(pid);
    const healed = await shimmed.save({ [language.file]: language.server("healed", shimmed.port) });
    expect(healed.phase).toBe("ready");
    expect(await shimmed.ask()).toBe("healed");
  });

  test("takes files without a restart, and takes away what was removed with the folders that it leaves empty", async () => {
    const shimmed = await started(await start(language, serves("one")));
    const pid = await shimmed.ask("/pid");
    await shimmed.save({ "views/index.html": "<p>", "notes.txt": "1" }, false);
    expect((await shimmed.ask("/files")).split(" ")).toEqual(["notes.txt", language.file, "views"]);
    await shimmed.save({ "views/index.html": undefined, "notes.txt": undefined }, false);
    expect(await shimmed.ask("/files")).toBe(language.file);
    expect(await shimmed.ask("/pid")).toBe(pid);
  });

  test("does not wait for a program that ends slowly, once it has left its port", async () => {
    const shimmed = await started(await start(language, serves("one", "", language.slowEnd)));
    const agent = new http.Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    expect(await shimmed.ask("/", agent)).toBe("one");
    const state = await shimmed.save({ [language.file]: language.server("two", shimmed.port) });
    expect(state.phase).toBe("ready");
    expect(await shimmed.ask()).toBe("two");
  });

  test("starts a program again that ended by itself", async () => {
    const shimmed = await started(await start(language, serves("one")));
    const pid = await shimmed.ask("/pid");
    await shimmed.ask("/end").catch(() => undefined);
    const next = await untilTrue("another process", () => shimmed.ask("/pid").catch(() => undefined));
    expect(next).not.toBe(pid);
  });

  // Who holds a port, and what a container leaves behind, is told by /proc.
  describe.skipIf(!existsSync("/proc/self/environ"))("when its container is started again", () => {
    test.each([
      ["in the image's own folder", true],
      ["in a copy of it", false],
    ])("serves the last good version while what was saved after it does not start, %s", async (_where, isFresh) => {
      const shimmed = await started(await start(language, serves("image")));
      const { port, save, ask } = shimmed;
      expect(await save({ [language.file]: language.server("good", port), "notes.txt": "1" })).toMatchObject({
        phase: "ready",
      });
      await save({ [language.file]: language.broken, "notes.txt": undefined, "more.txt": "1" });
      await shimmed.restart(isFresh);
      const state = await untilTrue("the failure", async () =>
        shimmed.state()?.phase === "failed" ? shimmed.state() : undefined,
      );
      expect(state).toMatchObject({ generation: 2, serving: true, error: expect.stringMatching(language.error) });
      expect(await ask()).toBe("good");
      // Saves go on from what was saved last.
      expect(await save({ [language.file]: language.server("healed", port) })).toMatchObject({ phase: "ready" });
      expect(await ask()).toBe("healed");
      expect((await ask("/files")).split(" ")).toEqual(["more.txt", language.file]);
      await shimmed.restart(isFresh);
      await started(shimmed);
      expect(await ask()).toBe("healed");
    });

    test("serves the image's own program while the first save does not start", async () => {
      const shimmed = await started(await start(language, serves("image")));
      await shimmed.save({ [language.file]: language.broken });
      await shimmed.restart(false);
      await untilTrue("the failure", async () => (shimmed.state()?.serving === true ? true : undefined));
      expect(await shimmed.ask()).toBe("image");
    });
  });

  test("starts the last good version again when it ends by itself and what was saved does not start", async () => {
    const shimmed = await started(await start(language, serves("one")));
    const { port, save, ask } = shimmed;
    await save({ [language.file]: language.server("good", port) });
    await save({ [language.file]: language.broken });
    await ask("/end").catch(() => undefined);
    await untilTrue("the last good version", async () => ((await ask().catch(() => "")) === "good" ? true : undefined));
    expect(await save({ [language.file]: language.server("healed", port) })).toMatchObject({ phase: "ready" });
    expect(await ask()).toBe("healed");
  });

  test("heals a program that has never run", async () => {
    const shimmed = await start(language, language.broken);
    await untilTrue("the failure", async () => (shimmed.state()?.phase === "failed" ? true : undefined));
    expect(shimmed.state()).toMatchObject({ serving: false });
    await shimmed.save({ [language.file]: language.server("now", shimmed.port) });
    await started(shimmed);
    expect(await shimmed.ask()).toBe("now");
  });

  test("ends with its program, and leaves no state behind", async () => {
    const shimmed = await started(await start(language, serves("one")));
    const pid = Number(await shimmed.ask("/pid"));
    shimmed.child.kill("SIGTERM");
    await once(shimmed.child, "exit");
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(shimmed.state()).toBeUndefined();
  });

  test("replaces a program whose port it cannot hold", async () => {
    const command = ["/bin/sh", "-c", `unset NODE_OPTIONS PYTHONPATH; exec ${language.command.join(" ")}`];
    const shimmed = await started(await start(language, serves("one"), { command }));
    const state = await shimmed.save({ [language.file]: language.server("two", shimmed.port) });
    expect(state.phase).toBe("ready");
    expect(await shimmed.ask()).toBe("two");
  });

  test("does not let a program listen before it has said on which port", async () => {
    // Says so by hand, with a pause between the file and what is in it.
    const slowly = (answer: string, port: number): string => `
      const fs = require("node:fs");
      const hold = process.env.CHOREO_DEV_HOLD;
      const isFirst = fs.existsSync(hold + ".go");
      const listen = () => require("node:http").createServer((_, response) => response.end("${answer}"))
        .listen(${port}, () => fs.writeFileSync(hold + ".up", ""));
      fs.writeFileSync(hold + ".want", "");
      setTimeout(() => {
        if (!isFirst && fs.existsSync(hold + ".go")) process.exit(9);
        fs.writeFileSync(hold + ".want", "${port}");
        const look = setInterval(() => {
          if (!fs.existsSync(hold + ".go")) return;
          clearInterval(look);
          listen();
        }, 5);
      }, 100);`;
    const command = ["/bin/sh", "-c", `unset NODE_OPTIONS PYTHONPATH; exec ${process.execPath} program.cjs`];
    const shimmed = await start(language, "", { command });
    await shimmed.save({ "program.cjs": slowly("one", shimmed.port) });
    await started(shimmed);
    const state = await shimmed.save({ "program.cjs": slowly("two", shimmed.port) });
    expect(state).toMatchObject({ phase: "ready" });
    expect(await shimmed.ask()).toBe("two");
  });

  test("copies what is in a folder, with modes and links", () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), "choreo-dev-test-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const at = (...parts: string[]): string => path.join(dir, ...parts);
    for (const folder of ["from/lib", "to"]) mkdirSync(at(folder), { recursive: true });
    writeFileSync(at("from/lib/run.sh"), "1", { mode: 0o750 });
    symlinkSync("lib/run.sh", at("from/run"));
    const [program, ...args] = [...language.shim, "--copy", at("from"), at("to")];
    expect(spawnSync(program, args, { stdio: "inherit" }).status).toBe(0);
    expect(statSync(at("to/lib/run.sh")).mode & 0o777).toBe(0o750);
    expect(readlinkSync(at("to/run"))).toBe("lib/run.sh");
  });

  test("never runs a program twice that serves nobody", async () => {
    const worker = language === NODE ? "setInterval(() => {}, 1000);" : "import time\ntime.sleep(1000)";
    const shimmed = await started(await start(language, worker, { ports: [], keeps: false }));
    expect(await shimmed.save({ [language.file]: `${worker}\n` })).toMatchObject({ phase: "ready" });
    await shimmed.save({ [language.file]: language.broken });
    await untilTrue("its end to be told", async () => (shimmed.state()?.phase === "ready" ? undefined : true));
    expect(shimmed.state()).toMatchObject({ serving: false });
  });
});
