import { type Case, type Step, get, mergePatch, post, put, remove, strategicMerge } from "../case.ts";
import { deployment } from "./patch.ts";

const one = (id: string, ...steps: Step[]): Case => ({ id: `kind-${id}`, steps });
const core = (plural: string): string => `/api/v1/namespaces/{ns}/${plural}`;
const apps = (plural: string): string => `/apis/apps/v1/namespaces/{ns}/${plural}`;
const batch = (plural: string): string => `/apis/batch/v1/namespaces/{ns}/${plural}`;
const template = (name: string, spec: object = {}): object => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: "c", image: "i" }], ...spec },
});
const pod = (name: string, spec: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { automountServiceAccountToken: false, containers: [{ name: "c", image: "i" }], ...spec },
});
const service = (spec: object): object => ({ apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec });
const job = (spec: object = {}): object => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "j" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } }, ...spec },
});

/** Built-in kinds: defaults, validation, immutability. */
export const kindCases: readonly Case[] = [
  one("deployment", post(apps("deployments"), deployment("d"))),
  one(
    "deployment-latest",
    post(
      apps("deployments"),
      deployment("d", [
        { name: "c", image: "i" },
        { name: "e", image: "i:latest" },
      ]),
    ),
  ),
  one(
    "deployment-recreate",
    post(apps("deployments"), deployment("d", undefined, { strategy: { type: "Recreate" }, replicas: 0 })),
  ),
  one(
    "deployment-selector-mismatch",
    post(apps("deployments"), {
      ...deployment("d"),
      spec: { selector: { matchLabels: { app: "x" } }, template: template("y") },
    }),
  ),
  one(
    "deployment-no-selector",
    post(apps("deployments"), {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "d" },
      spec: { template: template("d") },
    }),
  ),
  one("deployment-no-containers", post(apps("deployments"), deployment("d", []))),
  one("deployment-negative", post(apps("deployments"), deployment("d", undefined, { replicas: -1 }))),
  one(
    "deployment-ports",
    post(
      apps("deployments"),
      deployment("d", [{ name: "c", image: "i", ports: [{ containerPort: 80 }, { containerPort: 70000 }] }]),
    ),
  ),
  one(
    "deployment-env",
    post(
      apps("deployments"),
      deployment("d", [
        {
          name: "c",
          image: "i",
          env: [
            { name: "A", value: "1" },
            { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "C", valueFrom: { configMapKeyRef: { name: "m", key: "k" } } },
          ],
        },
      ]),
    ),
  ),
  one(
    "deployment-probes",
    post(
      apps("deployments"),
      deployment("d", [
        {
          name: "c",
          image: "i",
          readinessProbe: { httpGet: { port: 80 } },
          livenessProbe: { exec: { command: ["true"] } },
          startupProbe: { tcpSocket: { port: "http" } },
          ports: [{ name: "http", containerPort: 80 }],
        },
      ]),
    ),
  ),
  one(
    "deployment-resources",
    post(
      apps("deployments"),
      deployment("d", [
        {
          name: "c",
          image: "i",
          resources: { limits: { cpu: "1000m", memory: "1Gi" }, requests: { cpu: 0.5, memory: "1024Ki" } },
        },
      ]),
    ),
  ),
  one(
    "deployment-volumes",
    post(apps("deployments"), {
      ...deployment("d"),
      spec: {
        selector: { matchLabels: { app: "d" } },
        template: template("d", {
          containers: [{ name: "c", image: "i", volumeMounts: [{ name: "v", mountPath: "/v" }] }],
          volumes: [
            { name: "v", configMap: { name: "m" } },
            { name: "e", emptyDir: {} },
            { name: "x", secret: { secretName: "s" } },
          ],
        }),
      },
    }),
  ),
  one(
    "deployment-mount-missing",
    post(
      apps("deployments"),
      deployment("d", [{ name: "c", image: "i", volumeMounts: [{ name: "nix", mountPath: "/v" }] }]),
    ),
  ),
  one("deployment-wrong-type", post(apps("deployments"), deployment("d", undefined, { replicas: "three" }))),
  one(
    "replica-set",
    post(apps("replicasets"), {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: "r" },
      spec: { selector: { matchLabels: { app: "r" } }, template: template("r") },
    }),
  ),
  one(
    "stateful-set",
    post(apps("statefulsets"), {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "s" },
      spec: { serviceName: "s", selector: { matchLabels: { app: "s" } }, template: template("s") },
    }),
  ),
  one(
    "daemon-set",
    post(apps("daemonsets"), {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "s" },
      spec: { selector: { matchLabels: { app: "s" } }, template: template("s") },
    }),
  ),
  one("pod", post(core("pods"), pod("p"))),
  one("pod-restart", post(core("pods"), pod("p", { restartPolicy: "Never", terminationGracePeriodSeconds: 5 }))),
  one("pod-name-wrong", post(core("pods"), pod("P"))),
  one("pod-container-name-wrong", post(core("pods"), pod("p", { containers: [{ name: "C", image: "i" }] }))),
  one("pod-no-image", post(core("pods"), pod("p", { containers: [{ name: "c" }] }))),
  one(
    "pod-two-names",
    post(
      core("pods"),
      pod("p", {
        containers: [
          { name: "c", image: "i" },
          { name: "c", image: "i" },
        ],
      }),
    ),
  ),
  one(
    "pod-update-image",
    post(core("pods"), pod("p")),
    strategicMerge(`${core("pods")}/p`, { spec: { containers: [{ name: "c", image: "j" }] } }),
  ),
  one(
    "pod-update-command",
    post(core("pods"), pod("p")),
    strategicMerge(`${core("pods")}/p`, { spec: { containers: [{ name: "c", command: ["x"] }] } }),
  ),
  one("pod-init", post(core("pods"), pod("p", { initContainers: [{ name: "i", image: "i" }] }))),
  one("pod-delete-unscheduled", post(core("pods"), pod("p")), remove(`${core("pods")}/p`)),
  one(
    "pod-delete-scheduled",
    post(core("pods"), pod("p", { nodeName: "n" })),
    remove(`${core("pods")}/p`),
    get(`${core("pods")}/p`),
    remove(`${core("pods")}/p`, { gracePeriodSeconds: 0 }),
    get(`${core("pods")}/p`),
  ),
  one("job", post(batch("jobs"), job())),
  one(
    "job-restart-always",
    post(batch("jobs"), job({ template: { spec: { containers: [{ name: "c", image: "i" }] } } })),
  ),
  one(
    "job-template-immutable",
    post(batch("jobs"), job()),
    mergePatch(`${batch("jobs")}/j`, { spec: { template: { metadata: { labels: { a: "b" } } } } }),
  ),
  one("job-delete", post(batch("jobs"), job()), remove(`${batch("jobs")}/j`)),
  one(
    "cron-job",
    post(batch("cronjobs"), {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "c" },
      spec: {
        schedule: "*/5 * * * *",
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: "OnFailure", containers: [{ name: "c", image: "i" }] } } },
        },
      },
    }),
  ),
  one(
    "cron-job-schedule-wrong",
    post(batch("cronjobs"), {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "c" },
      spec: {
        schedule: "every day",
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: "OnFailure", containers: [{ name: "c", image: "i" }] } } },
        },
      },
    }),
  ),
  one("service", post(core("services"), service({ selector: { app: "x" }, ports: [{ port: 80 }] }))),
  one(
    "service-named-ports",
    post(
      core("services"),
      service({
        selector: { app: "x" },
        ports: [
          { name: "a", port: 80, targetPort: "http" },
          { name: "b", port: 81, protocol: "UDP" },
        ],
      }),
    ),
  ),
  one("service-unnamed-ports", post(core("services"), service({ ports: [{ port: 80 }, { port: 81 }] }))),
  one("service-headless", post(core("services"), service({ clusterIP: "None", ports: [{ port: 80 }] }))),
  one("service-external-name", post(core("services"), service({ type: "ExternalName", externalName: "example.test" }))),
  one("service-node-port", post(core("services"), service({ type: "NodePort", ports: [{ port: 80 }] }))),
  one("service-no-ports", post(core("services"), service({ selector: { app: "x" } }))),
  one("service-port-wrong", post(core("services"), service({ ports: [{ port: 0 }] }))),
  one(
    "service-name-wrong",
    post(core("services"), { ...service({ ports: [{ port: 80 }] }), metadata: { name: "1s" } }),
  ),
  one(
    "service-update",
    post(core("services"), service({ ports: [{ port: 80 }] })),
    mergePatch(`${core("services")}/s`, { spec: { ports: [{ port: 81 }] } }),
    put(`${core("services")}/s`, service({ ports: [{ port: 82 }] })),
  ),
  one("service-delete", post(core("services"), service({ ports: [{ port: 80 }] })), remove(`${core("services")}/s`)),
  one(
    "secret",
    post(core("secrets"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      stringData: { a: "b" },
      data: { c: "ZA==" },
    }),
  ),
  one(
    "secret-not-base64",
    post(core("secrets"), { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, data: { c: "%%" } }),
  ),
  one(
    "secret-tls",
    post(core("secrets"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s" },
      type: "kubernetes.io/tls",
      data: {},
    }),
  ),
  one(
    "secret-type-immutable",
    post(core("secrets"), { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } }),
    mergePatch(`${core("secrets")}/s`, { type: "x/y" }),
  ),
  one("namespace", post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "{ns}-y" } })),
  one(
    "namespace-name-wrong",
    post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "a.b" } }),
  ),
  one(
    "service-account",
    post(core("serviceaccounts"), { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "s" } }),
  ),
  one(
    "endpoint-slice",
    post("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "e" },
      addressType: "IPv4",
      endpoints: [{ addresses: ["192.0.2.1"] }],
      ports: [{ port: 80 }],
    }),
  ),
  one(
    "lease",
    post("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases", {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "l" },
      spec: { holderIdentity: "x", leaseDurationSeconds: 15, renewTime: "2024-01-01T00:00:00.000000Z" },
    }),
  ),
  one(
    "role",
    post("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "r" },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
    }),
  ),
  one(
    "role-binding",
    post("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "r" },
      roleRef: { kind: "Role", name: "r", apiGroup: "rbac.authorization.k8s.io" },
      subjects: [{ kind: "ServiceAccount", name: "s", namespace: "{ns}" }],
    }),
  ),
  one(
    "role-binding-immutable",
    post("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "r" },
      roleRef: { kind: "Role", name: "r", apiGroup: "rbac.authorization.k8s.io" },
    }),
    mergePatch("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings/r", { roleRef: { name: "x" } }),
  ),
  one(
    "network-policy",
    post("/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies", {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "n" },
      spec: { podSelector: {} },
    }),
  ),
  one(
    "ingress",
    post("/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses", {
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "i" },
      spec: {
        rules: [
          {
            host: "a.test",
            http: {
              paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } }],
            },
          },
        ],
      },
    }),
  ),
  one(
    "event",
    post(core("events"), {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "e" },
      involvedObject: { kind: "Pod", name: "p", namespace: "{ns}" },
      reason: "R",
      message: "m",
      type: "Normal",
    }),
    get(`/apis/events.k8s.io/v1/namespaces/{ns}/events/e`),
    get(`${core("events")}?fieldSelector=involvedObject.name%3Dp`),
  ),
  one(
    "quota",
    post(core("resourcequotas"), {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "q" },
      spec: { hard: { pods: "10" } },
    }),
  ),
  one(
    "pvc",
    post(core("persistentvolumeclaims"), {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "c" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    }),
  ),
  one(
    "pdb",
    post("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "p" },
      spec: { minAvailable: 1, selector: { matchLabels: { a: "b" } } },
    }),
  ),
  one(
    "hpa",
    post("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers", {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "h" },
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" } },
    }),
  ),
];
