import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "../../../src/k8s/connect.ts";
import { endpointFromKubeconfig } from "../../../src/k8s/kubeconfig.ts";
import { runSteps, writeRecorded } from "./run.ts";

/** `node scripts/run-ts.js test/embedded/kubectl/record.ts KUBECONFIG CONTEXT`: asks a real cluster and writes down the answers. */
const [, , kubeconfig = "", context = ""] = process.argv;
const client = connect(await endpointFromKubeconfig(readFileSync(kubeconfig, "utf8"), context));
const namespace = `kubectl-${randomBytes(3).toString("hex")}`;
await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
const answers = await runSteps(kubeconfig, context, namespace);
await client.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
client.close();
writeRecorded(answers);
process.stdout.write(`${answers.length} calls recorded\n`);
