import http from "node:http";
import ms from "ms";

const server = http.createServer((request, response) => {
  const { searchParams } = new URL(request.url, "http://durations");
  response.end(`${ms(Number(searchParams.get("ms") ?? 0), { long: true })}\n`);
});
server.listen(Number(process.env.PORT ?? 8080));
process.on("SIGTERM", () => server.close(() => process.exit(0)));
