// Counts the pods of its plane, and answers with the count at port 8080. It is ready when it has counted once.
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");

const EVERY_MS = 2000;
// On a machine where files cannot be mounted, the embedded engine says where they are.
const mounts = JSON.parse(process.env.CHOREO_MOUNTS ?? "{}");
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const read = (name) => fs.readFileSync(`${mounts[ACCOUNT] ?? ACCOUNT}/${name}`, "utf8");

let answer;

const count = () =>
  new Promise((resolve, reject) => {
    const request = https.get({
      host: process.env.KUBERNETES_SERVICE_HOST,
      port: process.env.KUBERNETES_SERVICE_PORT,
      path: "/api/v1/pods",
      ca: read("ca.crt"),
      headers: { authorization: `Bearer ${read("token")}` },
    });
    request.on("error", reject).on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
      response.on("end", () =>
        response.statusCode === 200 ? resolve(JSON.parse(text).items.length) : reject(new Error(text.trim())),
      );
    });
  });

const tell = async () => {
  try {
    const pods = await count();
    const next = `${pods} pods\n`;
    if (next !== answer) process.stdout.write(next);
    answer = next;
  } catch (error) {
    console.error(error.message);
  }
  setTimeout(tell, EVERY_MS);
};

http
  .createServer((_request, response) => {
    response.statusCode = answer === undefined ? 503 : 200;
    response.end(answer ?? "not counted yet\n");
  })
  .listen(8080);
void tell();
