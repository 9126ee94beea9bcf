import { connect } from "../../../../../src/k8s/connect.ts";
import { startKubeApiserver } from "../../../../helpers/kube-apiserver.ts";
import { allCases } from "./cases/index.ts";
import { namespaceOf, prepare } from "./prepare.ts";
import { transcriptOf } from "./run.ts";
import { writeTranscripts } from "./transcripts.ts";

/** `npm run record:differential`: asks a real kube-apiserver every case and writes down what it answers. */
const { endpoint, stop } = await startKubeApiserver();
try {
  const client = connect(endpoint);
  const { gitVersion } = await client.version();
  await prepare(client);
  const cases: Record<string, unknown> = {};
  for (const one of allCases) {
    const namespace = namespaceOf(one);
    await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    cases[one.id] = await transcriptOf(endpoint, one, namespace);
  }
  client.close();
  writeTranscripts({ version: gitVersion, cases });
  process.stdout.write(`${allCases.length} cases recorded from ${gitVersion}\n`);
} finally {
  await stop();
}
