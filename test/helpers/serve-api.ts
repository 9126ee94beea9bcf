import { startApiServer } from "../../src/engine/embedded/api-server.ts";
import { makeCredentials } from "../../src/engine/embedded/certificates.ts";

/** An API server over a folder, in a process that can be killed: prints its endpoint in one line. */
const [, , dir] = process.argv;
const credentials = makeCredentials("killed", Date.now());
const { endpoint } = await startApiServer({ store: { dir }, credentials, port: 0, serviceCIDR: "10.0.0.0/24" });
process.stdout.write(`${JSON.stringify(endpoint)}\n`);
