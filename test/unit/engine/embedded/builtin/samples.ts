/** An object to create on a server, and what came of it on the real one is recorded under the same id. */
export interface Sample {
  readonly id: string;
  readonly object: Readonly<Record<string, unknown>> & { readonly kind: string; readonly apiVersion: string };
}

const of = (
  apiVersion: string,
  kind: string,
  name: string,
  rest: object = {},
  metadata: object = {},
): Sample["object"] => ({
  apiVersion,
  kind,
  metadata: { name, ...metadata },
  ...rest,
});
const labels = { app: "web" };
const selector = { matchLabels: labels };
const container = { name: "main", image: "nginx" };
const template = { metadata: { labels }, spec: { containers: [container] } };
const jobTemplate = { spec: { restartPolicy: "Never", containers: [container] } };
const pod = (name: string, spec: object, metadata: object = {}): Sample["object"] =>
  of("v1", "Pod", name, { spec: { containers: [container], ...spec } }, metadata);
const get = { httpGet: { path: "/", port: 80 } };

/** Objects that the real server accepts. */
export const SAMPLES: readonly Sample[] = [
  { id: "pod", object: pod("pod", {}) },
  {
    id: "pod-full",
    object: pod(
      "pod-full",
      {
        initContainers: [
          { name: "init", image: "busybox:1", restartPolicy: "Always", env: [{ name: "A", value: "b" }] },
        ],
        containers: [
          {
            name: "main",
            image: "registry.local:5000/nginx:latest",
            command: [],
            env: [
              { name: "E", value: "" },
              { name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } },
              { name: "CPU", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
              { name: "KEY", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
            ],
            ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP", name: "dns" }],
            resources: { limits: { cpu: "1000m", memory: "1024Mi" }, requests: { cpu: 0.5 } },
            livenessProbe: get,
            readinessProbe: { tcpSocket: { port: "dns" }, periodSeconds: 3 },
            startupProbe: { grpc: { port: 90 }, successThreshold: 1 },
            lifecycle: { preStop: { httpGet: { port: 80 } } },
            volumeMounts: [{ name: "data", mountPath: "/data" }],
            securityContext: { privileged: false, capabilities: { drop: ["ALL"] } },
          },
          {
            name: "two",
            image: "busybox@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            imagePullPolicy: "Never",
          },
        ],
        volumes: [
          { name: "data" },
          { name: "secret", secret: { secretName: "s" } },
          { name: "config", configMap: { name: "c", items: [{ key: "a", path: "b" }] } },
          { name: "host", hostPath: { path: "/tmp" } },
          { name: "down", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
          {
            name: "all",
            projected: { sources: [{ serviceAccountToken: { path: "token" } }, { secret: { name: "x" } }] },
          },
          {
            name: "eph",
            ephemeral: {
              volumeClaimTemplate: {
                spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
              },
            },
          },
          { name: "iscsi", iscsi: { targetPortal: "1.2.3.4", iqn: "iqn.2001-04.com.example:a", lun: 0 } },
        ],
        tolerations: [
          { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 },
        ],
        securityContext: { runAsUser: 0 },
        terminationGracePeriodSeconds: 0,
        serviceAccountName: "builder",
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: selector },
        ],
        hostNetwork: false,
      },
      { labels, generateName: "x-", annotations: {} },
    ),
  },
  {
    id: "pod-guaranteed",
    object: pod(
      "pod-guaranteed",
      {
        containers: [{ ...container, resources: { limits: { cpu: "2", memory: "1Gi" } } }],
        automountServiceAccountToken: false,
        priorityClassName: "system-node-critical",
      },
      {},
    ),
  },
  {
    id: "pod-host",
    object: pod("pod-host", { hostNetwork: true, containers: [{ ...container, ports: [{ containerPort: 8080 }] }] }),
  },
  {
    id: "pod-no-mount",
    object: pod("pod-no-mount", {
      containers: [
        { ...container, volumeMounts: [{ name: "v", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" }] },
      ],
      ...{ volumes: [{ name: "v", emptyDir: {} }] },
    }),
  },
  {
    id: "pod-gated",
    object: pod("pod-gated", { schedulingGates: [{ name: "example.com/wait" }], nodeSelector: { a: "b" } }),
  },
  { id: "deployment", object: of("apps/v1", "Deployment", "deployment", { spec: { selector, template } }) },
  {
    id: "deployment-full",
    object: of("apps/v1", "Deployment", "deployment-full", {
      spec: {
        replicas: 0,
        selector,
        template,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        revisionHistoryLimit: 0,
        paused: true,
      },
      status: { replicas: 9 },
    }),
  },
  {
    id: "deployment-recreate",
    object: of("apps/v1", "Deployment", "deployment-recreate", {
      spec: { selector, template, strategy: { type: "Recreate" } },
    }),
  },
  { id: "replicaset", object: of("apps/v1", "ReplicaSet", "replicaset", { spec: { selector, template } }) },
  {
    id: "statefulset",
    object: of("apps/v1", "StatefulSet", "statefulset", {
      spec: {
        serviceName: "s",
        selector,
        template,
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } },
          },
        ],
      },
    }),
  },
  { id: "daemonset", object: of("apps/v1", "DaemonSet", "daemonset", { spec: { selector, template } }) },
  { id: "replicationcontroller", object: of("v1", "ReplicationController", "rc", { spec: { template } }) },
  { id: "podtemplate", object: of("v1", "PodTemplate", "podtemplate", { template }) },
  { id: "job", object: of("batch/v1", "Job", "job", { spec: { template: jobTemplate } }) },
  {
    id: "job-parallel",
    object: of("batch/v1", "Job", "job-parallel", {
      spec: { parallelism: 3, template: jobTemplate, ttlSecondsAfterFinished: 5 },
    }),
  },
  {
    id: "job-indexed",
    object: of("batch/v1", "Job", "job-indexed", {
      spec: {
        completions: 3,
        completionMode: "Indexed",
        backoffLimitPerIndex: 1,
        template: jobTemplate,
        podFailurePolicy: { rules: [{ action: "FailJob", onPodConditions: [{ type: "DisruptionTarget" }] }] },
      },
    }),
  },
  {
    id: "job-manual",
    object: of(
      "batch/v1",
      "Job",
      "job-manual",
      { spec: { manualSelector: true, selector, template: { metadata: { labels }, ...jobTemplate }, suspend: true } },
      { labels: { x: "y" } },
    ),
  },
  {
    id: "cronjob",
    object: of("batch/v1", "CronJob", "cronjob", {
      spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template: jobTemplate } } },
    }),
  },
  { id: "service", object: of("v1", "Service", "service", { spec: { selector: labels, ports: [{ port: 80 }] } }) },
  {
    id: "service-node-port",
    object: of("v1", "Service", "service-node-port", {
      spec: {
        type: "NodePort",
        ports: [
          { name: "a", port: 80, targetPort: "http" },
          { name: "b", port: 53, protocol: "UDP" },
        ],
      },
    }),
  },
  {
    id: "service-lb",
    object: of("v1", "Service", "service-lb", {
      spec: { type: "LoadBalancer", ports: [{ port: 80 }], externalTrafficPolicy: "Local" },
    }),
  },
  {
    id: "service-headless",
    object: of("v1", "Service", "service-headless", {
      spec: { clusterIP: "None", selector: labels, sessionAffinity: "ClientIP" },
    }),
  },
  {
    id: "service-headless-bare",
    object: of("v1", "Service", "service-headless-bare", { spec: { clusterIP: "None" } }),
  },
  {
    id: "service-external",
    object: of("v1", "Service", "service-external", { spec: { type: "ExternalName", externalName: "example.com" } }),
  },
  {
    id: "endpoints",
    object: of("v1", "Endpoints", "endpoints", {
      subsets: [{ addresses: [{ ip: "10.1.1.2" }, { ip: "10.1.1.1" }], ports: [{ port: 80 }] }],
    }),
  },
  {
    id: "endpointslice",
    object: of("discovery.k8s.io/v1", "EndpointSlice", "endpointslice", {
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.1.1.1"] }],
      ports: [{ port: 80 }],
    }),
  },
  { id: "serviceaccount", object: of("v1", "ServiceAccount", "serviceaccount") },
  {
    id: "secret",
    object: of("v1", "Secret", "secret", { stringData: { a: "b", c: "ü" }, data: { a: "eA==", d: "" } }),
  },
  {
    id: "secret-tls",
    object: of("v1", "Secret", "secret-tls", {
      type: "kubernetes.io/tls",
      immutable: true,
      data: { "tls.crt": "", "tls.key": "" },
    }),
  },
  { id: "configmap", object: of("v1", "ConfigMap", "configmap", { data: { a: "b" }, binaryData: { b: "AAE=" } }) },
  { id: "configmap-empty", object: of("v1", "ConfigMap", "configmap-empty", { data: {} }) },
  { id: "namespace", object: of("v1", "Namespace", "namespace-a", {}, { labels }) },
  { id: "node", object: of("v1", "Node", "node-a", { status: { capacity: { cpu: "4000m", memory: "8Gi" } } }) },
  {
    id: "lease",
    object: of("coordination.k8s.io/v1", "Lease", "lease", {
      spec: { holderIdentity: "me", renewTime: "2026-01-02T03:04:05.678901Z" },
    }),
  },
  {
    id: "ingress",
    object: of("networking.k8s.io/v1", "Ingress", "ingress", {
      spec: {
        ingressClassName: "nginx",
        rules: [
          {
            host: "a.example.com",
            http: {
              paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } }],
            },
          },
        ],
      },
    }),
  },
  {
    id: "ingressclass",
    object: of("networking.k8s.io/v1", "IngressClass", "nginx", {
      spec: { controller: "example.com/c", parameters: { kind: "X", name: "y" } },
    }),
  },
  {
    id: "networkpolicy",
    object: of("networking.k8s.io/v1", "NetworkPolicy", "networkpolicy", {
      spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
    }),
  },
  {
    id: "networkpolicy-egress",
    object: of("networking.k8s.io/v1", "NetworkPolicy", "networkpolicy-egress", {
      spec: { podSelector: selector, egress: [{}] },
    }),
  },
  {
    id: "role",
    object: of("rbac.authorization.k8s.io/v1", "Role", "role:a", {
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
    }),
  },
  {
    id: "rolebinding",
    object: of("rbac.authorization.k8s.io/v1", "RoleBinding", "rb", {
      roleRef: { kind: "Role", name: "a" },
      subjects: [
        { kind: "User", name: "u" },
        { kind: "ServiceAccount", name: "s", namespace: "default" },
      ],
    }),
  },
  { id: "clusterrole", object: of("rbac.authorization.k8s.io/v1", "ClusterRole", "cr", { rules: [] }) },
  {
    id: "clusterrolebinding",
    object: of("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "crb", {
      roleRef: { kind: "ClusterRole", name: "a" },
      subjects: [{ kind: "Group", name: "g" }],
    }),
  },
  {
    id: "hpa",
    object: of("autoscaling/v2", "HorizontalPodAutoscaler", "hpa", {
      spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" } },
    }),
  },
  {
    id: "hpa-behavior",
    object: of("autoscaling/v2", "HorizontalPodAutoscaler", "hpa-b", {
      spec: {
        maxReplicas: 3,
        behavior: { scaleDown: { stabilizationWindowSeconds: 5 } },
        metrics: [
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1000m" } } },
        ],
        scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" },
      },
    }),
  },
  { id: "pdb", object: of("policy/v1", "PodDisruptionBudget", "pdb", { spec: { minAvailable: 1, selector } }) },
  {
    id: "pv",
    object: of("v1", "PersistentVolume", "pv", {
      spec: { capacity: { storage: "5120Mi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/tmp/x" } },
    }),
  },
  {
    id: "pvc",
    object: of("v1", "PersistentVolumeClaim", "pvc", {
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } },
    }),
  },
  {
    id: "storageclass",
    object: of("storage.k8s.io/v1", "StorageClass", "storageclass", { provisioner: "example.com/p" }),
  },
  { id: "priorityclass", object: of("scheduling.k8s.io/v1", "PriorityClass", "priorityclass", { value: 5 }) },
  { id: "runtimeclass", object: of("node.k8s.io/v1", "RuntimeClass", "runtimeclass", { handler: "runc" }) },
  {
    id: "event",
    object: of("v1", "Event", "event", {
      involvedObject: { kind: "Pod", name: "p", namespace: "{ns}" },
      reason: "R",
      message: "M",
      type: "Normal",
      lastTimestamp: "2026-01-02T03:04:05Z",
      count: 2,
    }),
  },
  {
    id: "resourcequota",
    object: of("v1", "ResourceQuota", "quota", { spec: { hard: { pods: "1000", "requests.cpu": "1000m" } } }),
  },
  {
    id: "limitrange",
    object: of("v1", "LimitRange", "limits", {
      spec: { limits: [{ type: "Container", max: { cpu: "2000m" }, default: { memory: "1Gi" } }] },
    }),
  },
  {
    id: "controllerrevision",
    object: of("apps/v1", "ControllerRevision", "revision", { revision: 1, data: { a: 1 } }),
  },
  {
    id: "crd",
    object: of("apiextensions.k8s.io/v1", "CustomResourceDefinition", "widgets.example.com", {
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "widgets", kind: "Widget" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    }),
  },
  {
    id: "mutatingwebhook",
    object: of("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mwc", {
      webhooks: [
        {
          name: "a.example.com",
          clientConfig: { service: { name: "s", namespace: "n" } },
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          rules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["widgets"] }],
        },
      ],
    }),
  },
  {
    id: "validatingwebhook",
    object: of("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "vwc", {
      webhooks: [
        {
          name: "a.example.com",
          clientConfig: { service: { name: "s", namespace: "n" } },
          sideEffects: "None",
          admissionReviewVersions: ["v1"],
          rules: [
            { operations: ["CREATE"], apiGroups: ["none.example.com"], apiVersions: ["v1"], resources: ["widgets"] },
          ],
        },
      ],
    }),
  },
];
