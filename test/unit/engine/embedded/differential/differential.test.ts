import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../../../../src/k8s/connect.ts";
import { type TestApiServer, startApiServer } from "../../../../helpers/api-server.ts";
import { allCases, caseGroups } from "./cases/index.ts";
import { DIVERGENCES } from "./divergences.ts";
import { comparable } from "./normalize.ts";
import { namespaceOf, prepare } from "./prepare.ts";
import { transcriptOf } from "./run.ts";
import { readTranscripts } from "./transcripts.ts";

/** Every case has been asked of a real kube-apiserver; ours has to answer alike, but where the list says why not. */
describe("what a real kube-apiserver answers", () => {
  const recorded = readTranscripts();

  test("is recorded for at least 200 cases, each with a name of its own", () => {
    expect(new Set(allCases.map(({ id }) => id)).size).toBe(allCases.length);
    expect(allCases.length).toBeGreaterThanOrEqual(200);
    expect(allCases.filter(({ id }) => recorded.cases[id] === undefined)).toEqual([]);
  });

  test("and every listed divergence is one of a case", () => {
    expect(Object.keys(DIVERGENCES).filter((id) => !allCases.some((one) => one.id === id))).toEqual([]);
  });

  describe.for(caseGroups)("where pods need accounts: $podsNeedAccounts", ({ podsNeedAccounts, cases }) => {
    let server: TestApiServer;

    beforeAll(async () => {
      server = await startApiServer({ podsNeedAccounts });
      const client = connect(server.endpoint);
      await prepare(client);
      for (const one of cases)
        await client.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceOf(one) } });
      client.close();
    }, 60_000);
    afterAll(() => server.stop());

    test.for(cases.map((one) => [one.id, one] as const))("%s", async ([id, one]) => {
      const ours = comparable(await transcriptOf(server.endpoint, one, namespaceOf(one)));
      const theirs = comparable(recorded.cases[id]);
      if (DIVERGENCES[id] === undefined) expect(ours).toEqual(theirs);
      // A divergence that is gone is taken off the list.
      else expect(ours).not.toEqual(theirs);
    });
  });
});
