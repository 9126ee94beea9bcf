import { type Case, type Step, mergePatch, post } from "../case.ts";

const pods = "/api/v1/namespaces/{ns}/pods";
const account = (name: string, more: object = {}): Step =>
  post("/api/v1/namespaces/{ns}/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name },
    ...more,
  });
const pod = (spec: object = {}, metadata: object = { name: "p" }): Step =>
  post(pods, { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [{ name: "c", image: "i" }], ...spec } });
const one = (id: string, ...steps: Step[]): Case => ({ id: `account-${id}`, steps });
const TOKENS = "/var/run/secrets/kubernetes.io/serviceaccount";

/** What a pod gets of its service account. They are asked of a server that wants one for every pod. */
export const accountCases: readonly Case[] = [
  one("default", account("default"), pod()),
  one("named", account("mine"), pod({ serviceAccountName: "mine" })),
  one("old-name", account("mine"), pod({ serviceAccount: "mine" })),
  one(
    "absent",
    account("default"),
    pod({ serviceAccountName: "absent" }),
    pod({ serviceAccountName: "absent" }, { generateName: "p-" }),
  ),
  one("no-default", pod()),
  one("not-mounted", account("default"), pod({ automountServiceAccountToken: false })),
  one("not-mounted-by-account", account("default", { automountServiceAccountToken: false }), pod()),
  one(
    "mounted-against-account",
    account("default", { automountServiceAccountToken: false }),
    pod({ automountServiceAccountToken: true }),
  ),
  one(
    "containers",
    account("default"),
    pod({
      initContainers: [{ name: "i", image: "i" }],
      containers: [
        { name: "c", image: "i", volumeMounts: [{ name: "v", mountPath: "/v" }] },
        { name: "own", image: "i", volumeMounts: [{ name: "v", mountPath: TOKENS }] },
      ],
      volumes: [{ name: "v", emptyDir: {} }],
    }),
  ),
  one(
    "own-mount",
    account("default"),
    pod({
      containers: [{ name: "c", image: "i", volumeMounts: [{ name: "v", mountPath: TOKENS }] }],
      volumes: [{ name: "v", emptyDir: {} }],
    }),
  ),
  one("own-volume", account("default"), pod({ volumes: [{ name: "kube-api-access-mine", emptyDir: {} }] })),
  one(
    "pull-secrets",
    account("default", { imagePullSecrets: [{ name: "r" }] }),
    pod(),
    pod({ imagePullSecrets: [{ name: "own" }] }, { name: "q" }),
  ),
  one("change", account("default"), pod(), mergePatch(`${pods}/p`, { metadata: { labels: { a: "b" } } })),
];
