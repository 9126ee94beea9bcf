import { connect } from "../../../../../src/k8s/connect.ts";
import { startKubeApiserver } from "../../../../helpers/kube-apiserver.ts";
import { type CaseGroup, allCases, caseGroups } from "./cases/index.ts";
import { namespaceOf, prepare } from "./prepare.ts";
import { transcriptOf } from "./run.ts";
import { writeTranscripts } from "./transcripts.ts";

const recorded: Record<string, unknown> = {};

/** Asks a real kube-apiserver the cases of a group; gives its version. */
const record = async ({ podsNeedAccounts, cases }: CaseGroup): Promise<string> => {
  const { endpoint, stop } = await startKubeApiserver({ podsNeedAccounts });
  try {
    const client = connect(endpoint);
    const { gitVersion } = await client.version();
    await prepare(client);
    for (const one of cases) {
      const namespace = namespaceOf(one);
      await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
      recorded[one.id] = await transcriptOf(endpoint, one, namespace);
    }
    client.close();
    return gitVersion;
  } finally {
    await stop();
  }
};

/** `npm run record:differential`: writes down what a real kube-apiserver answers to every case. */
let version = "";
for (const group of caseGroups) version = await record(group);
writeTranscripts({ version, cases: recorded });
process.stdout.write(`${allCases.length} cases recorded from ${version}\n`);
