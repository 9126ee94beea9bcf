// Serves the files of /srv, the list of books among them, as it does in the image.
const { readFile } = require("node:fs");
const { createServer } = require("node:http");

createServer((request, response) => {
  readFile(`/srv${new URL(request.url, "http://localhost").pathname}`, (error, body) => {
    response.writeHead(error ? 404 : 200, { "content-type": "application/json" });
    response.end(error ? "" : body);
  });
}).listen(Number(process.env.PORT ?? 9090));
