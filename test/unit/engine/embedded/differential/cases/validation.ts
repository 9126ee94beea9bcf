import { type Case, type Step, mergePatch, post, put } from "../case.ts";

const one = (id: string, steps: readonly Step[]): Case => ({ id: `validation-${id}`, steps });
const create = (path: string, objects: readonly object[]): Step[] =>
  objects.map((object) => post(`${path}?dryRun=All`, object));
const pods = "/api/v1/namespaces/{ns}/pods";
const apps = (plural: string): string => `/apis/apps/v1/namespaces/{ns}/${plural}`;
const batch = (plural: string): string => `/apis/batch/v1/namespaces/{ns}/${plural}`;

const container = (more: object = {}): object => ({ name: "c", image: "i", ...more });
const pod = (spec: object = {}, metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", ...metadata },
  spec: { automountServiceAccountToken: false, containers: [container()], ...spec },
});
/** A case with one pod per container. */
const containers = (id: string, ...list: object[]): Case =>
  one(
    id,
    create(
      pods,
      list.map((more) => pod({ containers: [container(more)] })),
    ),
  );
/** A case with one pod per part of a spec. */
const specs = (id: string, ...list: object[]): Case =>
  one(
    id,
    create(
      pods,
      list.map((spec) => pod(spec)),
    ),
  );
const volumes = (id: string, ...list: object[]): Case => specs(id, ...list.map((volume) => ({ volumes: [volume] })));
const template = (spec: object = {}, metadata: object = { labels: { app: "w" } }): object => ({
  metadata,
  spec: { containers: [container()], ...spec },
});
const workload =
  (apiVersion: string, kind: string, base: object) =>
  (spec: object = {}, name = "w"): object => ({ apiVersion, kind, metadata: { name }, spec: { ...base, ...spec } });
const replicated = { selector: { matchLabels: { app: "w" } }, template: template() };
const deployment = workload("apps/v1", "Deployment", replicated);
const replicaSet = workload("apps/v1", "ReplicaSet", replicated);
const daemonSet = workload("apps/v1", "DaemonSet", replicated);
const statefulSet = workload("apps/v1", "StatefulSet", { ...replicated, serviceName: "w" });
const ending = template({ restartPolicy: "Never" }, {});
const job = workload("batch/v1", "Job", { template: ending });
const cronJob = workload("batch/v1", "CronJob", {
  schedule: "0 0 * * *",
  jobTemplate: { spec: { template: ending } },
});
const controller = workload("v1", "ReplicationController", { selector: { app: "w" }, template: template() });

const podCases: readonly Case[] = [
  containers(
    "container-names",
    { name: "" },
    { name: "Upper" },
    { name: "a.b" },
    { name: "-x" },
    { name: "x".repeat(64) },
    { image: "" },
    { image: " i" },
    { imagePullPolicy: "Sometimes" },
    { terminationMessagePolicy: "Always" },
  ),
  containers(
    "ports",
    { ports: [{ containerPort: 0 }] },
    { ports: [{ containerPort: -1 }] },
    { ports: [{ containerPort: 65_536 }] },
    { ports: [{ containerPort: 80, protocol: "HTTP" }] },
    { ports: [{ containerPort: 80, hostPort: 70_000 }] },
    { ports: [{ containerPort: 80, name: "a-name-that-is-too-long" }] },
    { ports: [{ containerPort: 80, name: "UPPER" }] },
    { ports: [{ containerPort: 80, name: "80" }] },
    { ports: [{ containerPort: 80, name: "a--b" }] },
    { ports: [{ containerPort: 80, name: "-a" }] },
    {
      ports: [
        { containerPort: 80, name: "http" },
        { containerPort: 81, name: "http" },
      ],
    },
    {
      ports: [
        { containerPort: 80, hostPort: 90 },
        { containerPort: 81, hostPort: 90 },
      ],
    },
  ),
  containers(
    "env",
    { env: [{ name: "" }] },
    { env: [{ name: "A=B", value: "x" }] },
    { env: [{ name: "ä", value: "x" }] },
    { env: [{ name: "A B", value: "x" }] },
    { env: [{ name: "A", valueFrom: {} }] },
    { env: [{ name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] },
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "" } } }] },
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.whatever" } } }] },
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "status.podIPs" } } }] },
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } }] },
    { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "" } } }] },
    { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "", key: "k" } } }] },
    { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "m", key: "not a key" } } }] },
    { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }] },
    { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.other" } } }] },
    {
      env: [
        {
          name: "A",
          valueFrom: { fieldRef: { fieldPath: "metadata.name" }, secretKeyRef: { name: "s", key: "k" } },
        },
      ],
    },
  ),
  containers(
    "env-from",
    { envFrom: [{}] },
    { envFrom: [{ configMapRef: { name: "" } }] },
    { envFrom: [{ secretRef: { name: "s" }, configMapRef: { name: "m" } }] },
    { envFrom: [{ prefix: "A=", configMapRef: { name: "m" } }] },
    { envFrom: [{ secretRef: { name: "Not A Name" } }] },
  ),
  containers(
    "resources",
    { resources: { limits: { cpu: "-1" } } },
    { resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } },
    { resources: { requests: { memory: "2Gi" }, limits: { memory: "1024Mi" } } },
    { resources: { limits: { gold: "1" } } },
    { resources: { limits: { "example.com/gpu": "1" } } },
    { resources: { requests: { "example.com/gpu": "1" } } },
    { resources: { limits: { cpu: "much" } } },
    { resources: { limits: { cpu: "5mm" } } },
    { resources: { limits: { cpu: "" } } },
    { resources: { limits: { cpu: true } } },
    { resources: { requests: { "ephemeral-storage": "1Gi" } } },
  ),
  containers(
    "probes",
    { livenessProbe: {} },
    { livenessProbe: { exec: {} } },
    { livenessProbe: { exec: { command: ["true"] }, tcpSocket: { port: 1 } } },
    { livenessProbe: { tcpSocket: { port: 0 } } },
    { livenessProbe: { tcpSocket: { port: "UPPER" } } },
    { livenessProbe: { httpGet: { port: 80, scheme: "FTP" } } },
    { livenessProbe: { httpGet: { port: 80, path: "/", httpHeaders: [{ name: "not a header", value: "x" }] } } },
    { livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } },
    { startupProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } },
    { readinessProbe: { tcpSocket: { port: 1 }, successThreshold: 2, periodSeconds: -1 } },
    { livenessProbe: { tcpSocket: { port: 1 }, initialDelaySeconds: -1, timeoutSeconds: -1, failureThreshold: -1 } },
    { readinessProbe: { grpc: { port: 70_000 } } },
    { readinessProbe: { tcpSocket: { port: 1 }, terminationGracePeriodSeconds: 5 } },
    { livenessProbe: { tcpSocket: { port: 1 }, terminationGracePeriodSeconds: 0 } },
    { lifecycle: { preStop: {} } },
    { lifecycle: { postStart: { exec: { command: [] } } } },
    { lifecycle: { preStop: { sleep: { seconds: 5 } } } },
    { lifecycle: { preStop: { sleep: { seconds: 500 } } } },
  ),
  containers(
    "mounts",
    { volumeMounts: [{ name: "absent", mountPath: "/x" }] },
    { volumeMounts: [{ name: "", mountPath: "" }] },
    { volumeDevices: [{ name: "absent", devicePath: "/dev/x" }] },
  ),
  specs(
    "mounts-of-volumes",
    {
      volumes: [{ name: "v", emptyDir: {} }],
      containers: [container({ volumeMounts: [{ name: "v", mountPath: "/a", subPath: "/abs" }] })],
    },
    {
      volumes: [{ name: "v", emptyDir: {} }],
      containers: [container({ volumeMounts: [{ name: "v", mountPath: "/a", subPath: "a/../b" }] })],
    },
    {
      volumes: [{ name: "v", emptyDir: {} }],
      containers: [
        container({
          volumeMounts: [
            { name: "v", mountPath: "/a" },
            { name: "v", mountPath: "/a" },
          ],
        }),
      ],
    },
    {
      volumes: [{ name: "v", emptyDir: {} }],
      containers: [container({ volumeMounts: [{ name: "v", mountPath: "/a", subPath: "a", subPathExpr: "b" }] })],
    },
    {
      volumes: [{ name: "v", emptyDir: {} }],
      containers: [container({ volumeMounts: [{ name: "v", mountPath: "/a", mountPropagation: "Wild" }] })],
    },
  ),
  containers(
    "container-security",
    { securityContext: { runAsUser: -1 } },
    { securityContext: { runAsGroup: -1 } },
    { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
    { securityContext: { procMount: "Wild" } },
    { securityContext: { seccompProfile: { type: "Localhost" } } },
    { securityContext: { seccompProfile: { type: "Other" } } },
    { securityContext: { capabilities: { add: ["NET_ADMIN"] } } },
  ),
  specs(
    "containers",
    { containers: [container(), container()] },
    { initContainers: [container()] },
    { initContainers: [container({ name: "i", restartPolicy: "Never" })] },
    { initContainers: [container({ name: "i", restartPolicy: "Always" })] },
    { containers: [container({ restartPolicy: "Always" })] },
    { initContainers: [container({ name: "i", livenessProbe: { tcpSocket: { port: 1 } } })] },
    { initContainers: [container({ name: "i", lifecycle: { preStop: { exec: { command: ["x"] } } } })] },
    { initContainers: [container({ name: "i", ports: [{ containerPort: 0 }] })] },
    { ephemeralContainers: [container({ name: "e" })] },
    { containers: [] },
    { containers: null },
  ),
  volumes(
    "volumes",
    { name: "" },
    { name: "Upper", emptyDir: {} },
    { name: "v", emptyDir: {}, hostPath: { path: "/x" } },
    { name: "v", hostPath: { path: "" } },
    { name: "v", hostPath: { path: "/a/../b" } },
    { name: "v", hostPath: { path: "/a", type: "Other" } },
    { name: "v", secret: {} },
    { name: "v", secret: { secretName: "s", defaultMode: 4096 } },
    { name: "v", secret: { secretName: "s", items: [{ key: "", path: "p" }] } },
    { name: "v", secret: { secretName: "s", items: [{ key: "k", path: "" }] } },
    { name: "v", secret: { secretName: "s", items: [{ key: "k", path: "../x" }] } },
    { name: "v", configMap: {} },
    { name: "v", configMap: { name: "m", items: [{ key: "k", path: "/abs" }] } },
    { name: "v", configMap: { name: "m", items: [{ key: "k", path: "p", mode: -1 }] } },
    { name: "v", persistentVolumeClaim: { claimName: "" } },
    { name: "v", nfs: { server: "", path: "" } },
    { name: "v", emptyDir: { sizeLimit: "-1" } },
    { name: "v", csi: { driver: "" } },
  ),
  volumes(
    "volumes-projected",
    { name: "v", projected: {} },
    { name: "v", projected: { defaultMode: 4096, sources: [] } },
    { name: "v", projected: { sources: [{ secret: { name: "" } }] } },
    { name: "v", projected: { sources: [{ configMap: { name: "m" }, secret: { name: "s" } }] } },
    { name: "v", projected: { sources: [{ serviceAccountToken: { path: "" } }] } },
    { name: "v", projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 1 } }] } },
    { name: "v", downwardAPI: { items: [{ path: "p" }] } },
    { name: "v", downwardAPI: { items: [{ path: "", fieldRef: { fieldPath: "metadata.name" } }] } },
    { name: "v", downwardAPI: { items: [{ path: "p", fieldRef: { fieldPath: "spec.nodeName" } }] } },
    { name: "v", downwardAPI: { items: [{ path: "p", resourceFieldRef: { resource: "limits.cpu" } }] } },
  ),
  specs("odd", { volumes: [{ name: "v", projected: { sources: [{}] } }] }, { imagePullSecrets: [{ name: "" }] }),
  specs("volumes-twice", {
    volumes: [
      { name: "v", emptyDir: {} },
      { name: "v", emptyDir: {} },
    ],
  }),
  specs(
    "pod-policies",
    { restartPolicy: "Sometimes" },
    { dnsPolicy: "Other" },
    { dnsPolicy: "None" },
    { dnsPolicy: "None", dnsConfig: {} },
    { dnsPolicy: "None", dnsConfig: { nameservers: ["not an address"] } },
    { dnsConfig: { nameservers: ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"] } },
    { dnsConfig: { searches: ["Not A Domain"] } },
    { activeDeadlineSeconds: 0 },
    { terminationGracePeriodSeconds: -1 },
    { os: { name: "plan9" } },
    { setHostnameAsFQDN: true },
  ),
  specs(
    "pod-names",
    { hostname: "a.b" },
    { hostname: "UPPER" },
    { subdomain: "a_b" },
    { nodeName: "Not A Node" },
    { serviceAccountName: "Not An Account" },
    { schedulerName: "" },
    { hostAliases: [{ ip: "nowhere", hostnames: ["a"] }] },
    { hostAliases: [{ ip: "1.2.3.4", hostnames: ["UPPER"] }] },
  ),
  specs(
    "pod-security",
    { hostNetwork: true, containers: [container({ ports: [{ containerPort: 80 }] })] },
    { hostNetwork: true, containers: [container({ ports: [{ containerPort: 80, hostPort: 81 }] })] },
    { shareProcessNamespace: true, hostPID: true },
    { securityContext: { runAsUser: -1, fsGroup: -1 } },
    { securityContext: { supplementalGroups: [-1] } },
    { securityContext: { seccompProfile: { type: "Localhost" } } },
    { securityContext: { sysctls: [{ name: "Not A Sysctl", value: "1" }] } },
    { securityContext: { fsGroupChangePolicy: "Other" } },
  ),
  specs(
    "pod-placement",
    { nodeSelector: { "not a label": "x" } },
    { tolerations: [{ key: "", operator: "Equal" }] },
    { tolerations: [{ key: "k", operator: "Exists", value: "v" }] },
    { tolerations: [{ key: "k", operator: "Like", value: "v" }] },
    { tolerations: [{ key: "k", operator: "Exists", effect: "Other" }] },
    { tolerations: [{ key: "k", operator: "Exists", effect: "NoSchedule", tolerationSeconds: 5 }] },
    { tolerations: [{ key: "not a key", operator: "Exists" }] },
    { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: "", whenUnsatisfiable: "Other" }] },
    { readinessGates: [{ conditionType: "not a type" }] },
    { schedulingGates: [{ name: "a" }, { name: "a" }] },
    { schedulingGates: [{ name: "not a gate" }] },
  ),
  specs(
    "pod-affinity",
    {
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
      },
    },
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: "k", operator: "Like", values: ["v"] }] }],
          },
        },
      },
    },
    {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector: { matchLabels: { app: "x" } }, topologyKey: "" },
          ],
        },
      },
    },
    {
      affinity: {
        podAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 0, podAffinityTerm: { labelSelector: {}, topologyKey: "kubernetes.io/hostname" } },
          ],
        },
      },
    },
  ),
  one("pod-metadata", [
    ...create(pods, [
      pod({}, { name: "Upper" }),
      pod({}, { labels: { a: "not a value" } }),
      pod({}, { labels: { "not a key": "a" } }),
      pod({}, { annotations: { "not a key": "a" } }),
      pod({}, { generateName: "x-", name: "" }),
      pod({}, { ownerReferences: [{ apiVersion: "", kind: "", name: "", uid: "" }] }),
      pod({}, { finalizers: ["simple"] }),
    ]),
  ]),
  one("pod-update", [
    post(pods, pod({ activeDeadlineSeconds: 20, tolerations: [{ key: "k", operator: "Exists" }] })),
    mergePatch(`${pods}/p`, { spec: { activeDeadlineSeconds: 30 } }),
    mergePatch(`${pods}/p`, { spec: { activeDeadlineSeconds: null } }),
    mergePatch(`${pods}/p`, { spec: { containers: [] } }),
    mergePatch(`${pods}/p`, { spec: { tolerations: [] } }),
    mergePatch(`${pods}/p`, { spec: { activeDeadlineSeconds: 10 } }),
  ]),
  one("pod-update-fixed", [
    post(pods, pod()),
    mergePatch(`${pods}/p`, { spec: { nodeName: "n" } }),
    mergePatch(`${pods}/p`, { spec: { hostname: "h" } }),
    mergePatch(`${pods}/p`, { spec: { restartPolicy: "Never" } }),
  ]),
  one("pod-status", [
    post(pods, pod()),
    mergePatch(`${pods}/p/status`, { status: { podIP: "nowhere" } }),
    mergePatch(`${pods}/p/status`, { status: { podIP: "1.2.3.4" } }),
    mergePatch(`${pods}/p/status`, { status: { nominatedNodeName: "Not A Node" } }),
    mergePatch(`${pods}/p/status`, { status: { qosClass: "Guaranteed" } }),
    mergePatch(`${pods}/p/status`, { status: { phase: "Running" } }),
  ]),
];

/** What is looked up in the cluster. */
const admissionCases: readonly Case[] = [
  specs(
    "pod-classes",
    { preemptionPolicy: "Other" },
    { preemptionPolicy: "Never" },
    { priority: 5 },
    { priorityClassName: "absent" },
    { priorityClassName: "system-node-critical" },
    { runtimeClassName: "absent" },
  ),
  one("pod-own-class", [
    post("/apis/scheduling.k8s.io/v1/priorityclasses", {
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass",
      metadata: { name: "validation-high" },
      value: 1000,
      preemptionPolicy: "Never",
    }),
    post(pods, pod({ priorityClassName: "validation-high" })),
    ...create(pods, [pod({ priorityClassName: "validation-high", priority: 7 })]),
  ]),
];

const workloadCases: readonly Case[] = [
  one(
    "deployment",
    create(apps("deployments"), [
      deployment({ replicas: -1 }),
      deployment({ minReadySeconds: -1 }),
      deployment({ revisionHistoryLimit: -1 }),
      deployment({ progressDeadlineSeconds: 5, minReadySeconds: 10 }),
      deployment({ progressDeadlineSeconds: -1 }),
      deployment({ selector: {} }),
      deployment({ selector: { matchLabels: { app: "other" } } }),
      deployment({ selector: { matchLabels: { "not a key": "x" } } }),
      deployment({ selector: { matchExpressions: [{ key: "app", operator: "In" }] } }),
      deployment({ selector: { matchExpressions: [{ key: "app", operator: "Exists", values: ["w"] }] } }),
      deployment({ selector: { matchExpressions: [{ key: "app", operator: "Like", values: ["w"] }] } }),
      deployment({ selector: { matchExpressions: [{ key: "app", operator: "In", values: ["w"] }] } }),
      deployment({ template: template({ restartPolicy: "Never" }) }),
      deployment({ template: template({ activeDeadlineSeconds: 5 }) }),
      deployment({ template: template({}, { labels: { app: "w", b: "not a value" } }) }),
      deployment({ template: template({ containers: [] }) }),
      deployment({ template: template({ containers: [container({ name: "" }), container({ image: "" })] }) }),
      deployment({}, "Upper"),
    ]),
  ),
  one(
    "deployment-strategy",
    create(
      apps("deployments"),
      [
        { type: "Other" },
        { type: "Recreate", rollingUpdate: { maxSurge: 1 } },
        { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } },
        { rollingUpdate: { maxSurge: -1 } },
        { rollingUpdate: { maxSurge: "ten" } },
        { rollingUpdate: { maxSurge: "0%", maxUnavailable: "0%" } },
        { rollingUpdate: { maxUnavailable: "101%" } },
        { rollingUpdate: { maxUnavailable: "1.5%" } },
      ].map((strategy) => deployment({ strategy })),
    ),
  ),
  one("deployment-update", [
    post(apps("deployments"), deployment()),
    mergePatch(`${apps("deployments")}/w`, { spec: { selector: { matchLabels: { app: "x" } } } }),
    mergePatch(`${apps("deployments")}/w`, {
      spec: { selector: { matchLabels: { b: "x" } }, template: { metadata: { labels: { b: "x" } } } },
    }),
    mergePatch(`${apps("deployments")}/w`, { spec: { template: { spec: { restartPolicy: "Never" } } } }),
    mergePatch(`${apps("deployments")}/w`, { spec: { replicas: -3 } }),
    put(`${apps("deployments")}/w`, deployment({ replicas: 3 })),
  ]),
  one("deployment-status", [
    post(apps("deployments"), deployment()),
    mergePatch(`${apps("deployments")}/w/status`, { status: { replicas: -1 } }),
    mergePatch(`${apps("deployments")}/w/status`, { status: { replicas: 1, readyReplicas: 2 } }),
    mergePatch(`${apps("deployments")}/w/status`, { status: { replicas: 2, readyReplicas: 1, availableReplicas: 2 } }),
    mergePatch(`${apps("deployments")}/w/status`, { status: { collisionCount: 2 } }),
    mergePatch(`${apps("deployments")}/w/status`, { status: { collisionCount: 1 } }),
  ]),
  one(
    "replica-set",
    create(apps("replicasets"), [
      replicaSet({ replicas: -1 }),
      replicaSet({ minReadySeconds: -1 }),
      replicaSet({ selector: {} }),
      replicaSet({ selector: { matchLabels: { app: "other" } } }),
      replicaSet({ template: template({ restartPolicy: "OnFailure" }) }),
      replicaSet({ template: undefined }),
    ]),
  ),
  one(
    "daemon-set",
    create(apps("daemonsets"), [
      daemonSet({ selector: {} }),
      daemonSet({ selector: undefined }),
      daemonSet({ minReadySeconds: -1 }),
      daemonSet({ revisionHistoryLimit: -1 }),
      daemonSet({ updateStrategy: { type: "Other" } }),
      daemonSet({ updateStrategy: { type: "OnDelete" } }),
      daemonSet({ updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }),
      daemonSet({ updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } }),
      daemonSet({ updateStrategy: { rollingUpdate: { maxUnavailable: "200%" } } }),
      daemonSet({ template: template({ restartPolicy: "Never" }) }),
    ]),
  ),
  one("daemon-set-update", [
    post(apps("daemonsets"), daemonSet()),
    mergePatch(`${apps("daemonsets")}/w`, { spec: { selector: { matchLabels: { app: "x" } } } }),
    mergePatch(`${apps("daemonsets")}/w`, { spec: { template: { metadata: { annotations: { a: "1" } } } } }),
    mergePatch(`${apps("daemonsets")}/w/status`, { status: { numberReady: -1 } }),
  ]),
  one(
    "stateful-set",
    create(apps("statefulsets"), [
      statefulSet({ replicas: -1 }),
      statefulSet({ minReadySeconds: -1 }),
      statefulSet({ podManagementPolicy: "Random" }),
      statefulSet({ updateStrategy: { type: "Other" } }),
      statefulSet({ updateStrategy: { rollingUpdate: { partition: -1 } } }),
      statefulSet({ updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } }),
      statefulSet({ persistentVolumeClaimRetentionPolicy: { whenDeleted: "Other" } }),
      statefulSet({ ordinals: { start: -1 } }),
      statefulSet({ selector: {} }),
      statefulSet({ selector: { matchLabels: { app: "other" } } }),
      statefulSet({ serviceName: "Not.A.Name" }),
      statefulSet({ template: template({ restartPolicy: "Never" }) }),
      statefulSet({
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      }),
    ]),
  ),
  one("stateful-set-update", [
    post(apps("statefulsets"), statefulSet()),
    mergePatch(`${apps("statefulsets")}/w`, { spec: { serviceName: "other" } }),
    mergePatch(`${apps("statefulsets")}/w`, { spec: { podManagementPolicy: "Parallel" } }),
    mergePatch(`${apps("statefulsets")}/w`, { spec: { replicas: 2 } }),
    mergePatch(`${apps("statefulsets")}/w/status`, { status: { replicas: 1, readyReplicas: 2 } }),
  ]),
  one(
    "replication-controller",
    create("/api/v1/namespaces/{ns}/replicationcontrollers", [
      controller({ replicas: -1 }),
      controller({ minReadySeconds: -1 }),
      controller({ selector: { app: "other" } }),
      controller({ template: template({ restartPolicy: "Never" }) }),
      controller({ template: undefined }),
    ]),
  ),
];

const jobCases: readonly Case[] = [
  one(
    "job",
    create(batch("jobs"), [
      job({ parallelism: -1 }),
      job({ completions: -1, backoffLimit: -1 }),
      job({ activeDeadlineSeconds: -1 }),
      job({ ttlSecondsAfterFinished: -1 }),
      job({ completionMode: "Other" }),
      job({ completionMode: "Indexed" }),
      job({ completionMode: "Indexed", completions: 2, backoffLimitPerIndex: 1, maxFailedIndexes: 5 }),
      job({ completionMode: "Indexed", completions: 2, maxFailedIndexes: 1 }),
      job({ backoffLimitPerIndex: 1 }),
      job({ maxFailedIndexes: 1 }),
      job({ podReplacementPolicy: "Other" }),
      job({ managedBy: "nobody" }),
      job({ managedBy: "example.com/somebody" }),
      job({ selector: { matchLabels: { a: "b" } } }),
      job({ manualSelector: true }),
      job({ manualSelector: true, selector: { matchLabels: { a: "b" } } }),
      job({ template: template({}, {}) }),
      job({ template: template({ restartPolicy: "Always" }, {}) }),
      job({ template: template({ restartPolicy: "Other" }, {}) }),
      job({ template: template({ restartPolicy: "Never" }, { labels: { "job-name": "other" } }) }),
      job({ template: template({ restartPolicy: "Never", containers: [] }, {}) }),
      job({}, "Upper"),
    ]),
  ),
  one(
    "job-failure-policy",
    create(
      batch("jobs"),
      [
        [{ action: "Other", onExitCodes: { operator: "In", values: [1] } }],
        [{ onExitCodes: { operator: "In", values: [1] } }],
        [{ action: "FailJob", onExitCodes: { operator: "In", values: [] } }],
        [{ action: "FailJob", onExitCodes: { operator: "In", values: [0] } }],
        [{ action: "FailJob", onExitCodes: { operator: "In", values: [2, 1] } }],
        [{ action: "FailJob", onExitCodes: { operator: "In", values: [1, 1] } }],
        [{ action: "FailJob", onExitCodes: { operator: "Like", values: [1] } }],
        [{ action: "FailJob", onExitCodes: { containerName: "absent", operator: "In", values: [1] } }],
        [{ action: "FailJob" }],
        [{ action: "FailIndex", onExitCodes: { operator: "In", values: [1] } }],
        [
          {
            action: "Ignore",
            onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
          },
        ],
        [{ action: "Ignore", onPodConditions: [{ type: "not a type", status: "Maybe" }] }],
      ].map((rules) => job({ podFailurePolicy: { rules } })),
    ),
  ),
  one(
    "job-success-policy",
    create(batch("jobs"), [
      job({ successPolicy: { rules: [{ succeededCount: 1 }] } }),
      job({ completionMode: "Indexed", completions: 2, successPolicy: { rules: [] } }),
      job({ completionMode: "Indexed", completions: 2, successPolicy: { rules: [{ succeededCount: -1 }] } }),
      job({ completionMode: "Indexed", completions: 2, successPolicy: { rules: [{ succeededCount: 1 }] } }),
      job({ completionMode: "Indexed", completions: 2, successPolicy: { rules: [{ succeededCount: 3 }] } }),
      job({ completionMode: "Indexed", completions: 2, successPolicy: { rules: [{ succeededIndexes: "0-9" }] } }),
      job({ completionMode: "Indexed", completions: 2, successPolicy: { rules: [{}] } }),
    ]),
  ),
  one("job-update", [
    post(batch("jobs"), job()),
    mergePatch(`${batch("jobs")}/w`, { spec: { completions: 3 } }),
    mergePatch(`${batch("jobs")}/w`, { spec: { completionMode: "Indexed" } }),
    mergePatch(`${batch("jobs")}/w`, { spec: { parallelism: 3 } }),
    mergePatch(`${batch("jobs")}/w`, { spec: { backoffLimit: 3 } }),
    mergePatch(`${batch("jobs")}/w`, { spec: { suspend: true } }),
    mergePatch(`${batch("jobs")}/w`, { spec: { managedBy: "example.com/x" } }),
  ]),
  one("job-suspended-update", [
    post(batch("jobs"), job({ suspend: true })),
    mergePatch(`${batch("jobs")}/w`, { spec: { template: { spec: { nodeSelector: { a: "b" } } } } }),
    mergePatch(`${batch("jobs")}/w`, { spec: { template: { metadata: { annotations: { a: "b" } } } } }),
  ]),
  one(
    "cron-job",
    create(batch("cronjobs"), [
      cronJob({ schedule: "" }),
      cronJob({ schedule: "every day" }),
      cronJob({ schedule: "* * * *" }),
      cronJob({ schedule: "61 * * * *" }),
      cronJob({ schedule: "5-1 * * * *" }),
      cronJob({ schedule: "*/0 * * * *" }),
      cronJob({ schedule: "* * * * mon-fri" }),
      cronJob({ schedule: "@hourly" }),
      cronJob({ schedule: "@every 5m" }),
      cronJob({ schedule: "@every never" }),
      cronJob({ schedule: "@sometimes" }),
      cronJob({ schedule: "TZ=UTC 0 0 * * *" }),
      cronJob({ timeZone: "" }),
      cronJob({ timeZone: "Local" }),
      cronJob({ timeZone: "Mars/Olympus" }),
      cronJob({ timeZone: "Europe/Berlin" }),
      cronJob({ concurrencyPolicy: "Other" }),
      cronJob({ startingDeadlineSeconds: -1 }),
      cronJob({ successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -1 }),
      cronJob({ jobTemplate: { spec: { template: template({}, {}) } } }),
      cronJob({ jobTemplate: { spec: { template: ending, selector: { matchLabels: { a: "b" } } } } }),
      cronJob({ jobTemplate: { spec: { template: ending, manualSelector: true } } }),
      cronJob({ jobTemplate: { spec: { template: ending, backoffLimit: -1 } } }),
      cronJob({}, "c".repeat(53)),
    ]),
  ),
];

/** What the server refuses of workloads and why, and what is close to it and accepted. */
export const validationCases: readonly Case[] = [...podCases, ...admissionCases, ...workloadCases, ...jobCases];
