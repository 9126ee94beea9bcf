// Does nothing but run: it is there to look around from.
require("node:http")
  .createServer((_request, response) => response.end("reader\n"))
  .listen(Number(process.env.PORT ?? 8080));
