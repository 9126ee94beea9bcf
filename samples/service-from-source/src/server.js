const http = require("node:http");
const { greeting } = require("./greeting.js");

const server = http.createServer((request, response) => {
  const { searchParams } = new URL(request.url, "http://hello");
  response.end(`${greeting(searchParams.get("name") ?? "")}\n`);
});
server.listen(9090, () => console.log("listening on port 9090"));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
