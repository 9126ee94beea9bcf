// Serves the files of a folder over HTTP: `node static-server.cjs DIR`, port from PORT (default 80).
"use strict";
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

const root = fs.realpathSync(process.argv[2] ?? ".");

const answer = (response, status, text) => {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
};

/** The file for a path, or undefined: nothing outside of the folder, no hidden files. */
const fileOf = (pathname) => {
  const parts = pathname.split("/").filter((part) => part !== "");
  if (parts.some((part) => part.startsWith(".") || part.includes("\0"))) return undefined;
  try {
    let file = fs.realpathSync(path.join(root, ...parts));
    if (fs.statSync(file).isDirectory()) file = fs.realpathSync(path.join(file, "index.html"));
    if (file !== root && !file.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) return undefined;
    return fs.statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
};

const server = http.createServer((request, response) => {
  if (request.method !== "GET" && request.method !== "HEAD") return answer(response, 405, "Method Not Allowed");
  let pathname;
  try {
    pathname = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
  } catch {
    return answer(response, 400, "Bad Request");
  }
  const file = fileOf(pathname);
  if (file === undefined) return answer(response, 404, "Not Found");
  const { size, mtime } = fs.statSync(file);
  response.writeHead(200, {
    "content-type": TYPES[path.extname(file).toLowerCase()] ?? "application/octet-stream",
    "content-length": size,
    "last-modified": mtime.toUTCString(),
  });
  if (request.method === "HEAD") return response.end();
  fs.createReadStream(file)
    .on("error", () => response.destroy())
    .pipe(response);
});

server.listen(Number(process.env.PORT ?? 80), () => console.log(`serving ${root} on ${server.address().port}`));
process.on("SIGTERM", () => process.exit(0));
