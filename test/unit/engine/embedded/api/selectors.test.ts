import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { matchesFields, parseFieldSelector } from "../../../../../src/engine/embedded/api/field-selector.ts";
import { parseLabelSelector } from "../../../../../src/engine/embedded/api/label-selector.ts";
import type { KubeClient } from "../../../../../src/k8s/client.ts";
import { connect } from "../../../../../src/k8s/connect.ts";
import { messageOf } from "../../../../../src/lib/errors.ts";
import { type RealApiserver, hasKubeApiserver, startKubeApiserver } from "../../../../helpers/kube-apiserver.ts";

const OBJECTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  bare: {},
  web: { app: "web", tier: "front" },
  api: { app: "api", tier: "back", "example.com/rank": "7" },
  odd: { app: "", in: "notin", "example.com/rank": "12" },
};

/** What a real kube-apiserver 1.34 answers; the last test asks it where there is one. */
const LABELS: readonly (readonly [string, readonly string[] | string])[] = [
  ["", ["api", "bare", "odd", "web"]],
  ["app", ["api", "odd", "web"]],
  ["!app", ["bare"]],
  ["app=web", ["web"]],
  ["app==web,tier=front", ["web"]],
  ["app!=web", ["api", "bare", "odd"]],
  ["app in (web, api)", ["api", "web"]],
  ["app in (web,)", ["odd", "web"]],
  ["app in ()", ["odd"]],
  ["app notin (web)", ["api", "bare", "odd"]],
  ["app=", ["odd"]],
  ["app=,tier", []],
  ["example.com/rank>7", ["odd"]],
  ["example.com/rank<12", ["api"]],
  ["in", ["odd"]],
  ["in in (notin)", ["odd"]],
  ["  app  =  web  ", ["web"]],
  ["app=x,,b", "found ',', expected: identifier after ','"],
  ["app=x,", "found '', expected: identifier after ','"],
  ["app=bad value", "found 'value', expected: ',' or 'end of string'"],
  ["=x", "found '=', expected: !, identifier, or 'end of string'"],
  ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  [
    "app>x",
    `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
  ],
  [
    "-bad=x",
    `unable to parse requirement: <nil>: Invalid value: "-bad": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  ],
  ["app=-x-", "a valid label must be an empty string or consist of alphanumeric characters"],
  ["app in web", "found 'web' expected: '('"],
  ["(", "found '(', expected: !, identifier, or 'end of string'"],
];

const FIELDS: readonly (readonly [string, readonly string[] | string])[] = [
  ["", ["api", "bare", "odd", "web"]],
  ["metadata.name=web", ["web"]],
  ["metadata.name==web,metadata.namespace=default", ["web"]],
  ["metadata.name!=web", ["api", "bare", "odd"]],
  ["metadata.name=w\\,eb", []],
  ["metadata.namespace!=default", []],
  ["data.k=v", '"data.k" is not a known field selector: only "metadata.name", "metadata.namespace"'],
  ["metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
  ["metadata.name=a\\b", "invalid field selector: invalid escape sequence: \\b"],
];

const byLabels = (selector: string): string[] => {
  const matches = parseLabelSelector(selector);
  return Object.keys(OBJECTS)
    .filter((name) => matches(OBJECTS[name] ?? {}))
    .toSorted();
};

const byFields = (selector: string): string[] => {
  const requirements = parseFieldSelector(selector);
  const valueOf = (name: string) => (field: string) => (field === "metadata.name" ? name : "default");
  return Object.keys(OBJECTS)
    .filter((name) => matchesFields(requirements, valueOf(name)))
    .toSorted();
};

const outcome = (work: () => string[]): readonly string[] | string => {
  try {
    return work();
  } catch (error) {
    return messageOf(error);
  }
};

/** The wanted message where the answer contains it: messages may say more. */
const short = (answer: readonly string[] | string, wanted: readonly string[] | string): readonly string[] | string =>
  typeof answer === "string" && typeof wanted === "string" && answer.includes(wanted) ? wanted : answer;

describe("selectors", () => {
  test.each(LABELS)("by labels: %j", (selector, wanted) => {
    expect(
      short(
        outcome(() => byLabels(selector)),
        wanted,
      ),
    ).toEqual(wanted);
  });
  test.each(FIELDS)("by fields: %j", (selector, wanted) => {
    expect(
      short(
        outcome(() => byFields(selector)),
        wanted,
      ),
    ).toEqual(wanted);
  });

  test("take a value that no label may have for a mistake of the client", () => {
    expect(() => parseLabelSelector(`app=${"x".repeat(64)}`)).toThrow(
      expect.objectContaining({ status: expect.anything() }),
    );
  });

  test("know the fields of a kind besides those of all", () => {
    const [requirement] = parseFieldSelector("status.phase=Running", ["status.phase"]);
    expect(requirement).toEqual({ field: "status.phase", value: "Running", negated: false });
  });
});

describe.runIf(hasKubeApiserver)("selectors of a real kube-apiserver", () => {
  let server: RealApiserver;
  let client: KubeClient;
  beforeAll(async () => {
    server = await startKubeApiserver();
    client = connect(server.endpoint);
  });
  afterAll(async () => {
    client?.close();
    await server?.stop();
  });

  const ask = async (options: { labelSelector?: string; fieldSelector?: string }): Promise<string[] | string> => {
    try {
      const { items } = await client.list(
        { apiVersion: "v1", kind: "ConfigMap" },
        { namespace: "default", ...options },
      );
      return items.map(({ metadata }) => metadata.name).filter((name) => name !== "kube-root-ca.crt");
    } catch (error) {
      return messageOf(error);
    }
  };

  test("are understood the same", async () => {
    for (const [name, labels] of Object.entries(OBJECTS))
      await client.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default", labels } });
    for (const [labelSelector, wanted] of LABELS) expect(short(await ask({ labelSelector }), wanted)).toEqual(wanted);
    for (const [fieldSelector, wanted] of FIELDS) expect(short(await ask({ fieldSelector }), wanted)).toEqual(wanted);
  });
});
