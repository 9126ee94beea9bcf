/** One call of kubectl. */
export interface Step {
  readonly args: readonly string[];
  readonly input?: string;
  /** Only the last line of stdout is compared: those before it are progress. */
  readonly lastLine?: boolean;
  /** Only the exit code, and which lines there are, whatever their order. */
  readonly sorted?: boolean;
  /** Only names and types are compared: the embedded engine has no descriptions of fields. */
  readonly withoutProse?: boolean;
  /** Only the exit code is compared: the text tells of the machine. */
  readonly codeOnly?: boolean;
}

const k = (line: string, more: Omit<Step, "args"> = {}): Step => ({ args: line.split(" "), ...more });

const UNKNOWN_FIELD = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: typo }\ndatas: { a: b }\n";
const NOT_YAML = "apiVersion: v1\nkind: [\n";
const JOB = `apiVersion: batch/v1
kind: Job
metadata: { name: greet }
spec:
  template:
    metadata: { annotations: { process.choreo.dev/host-commands: "true" } }
    spec:
      restartPolicy: Never
      containers: [{ name: main, image: "busybox:1.37", command: [sh, -c, "echo hello from $NAME"], env: [{ name: NAME, value: job }] }]
`;

/** What people do with kubectl, in the order in which they do it. Files are named relative to this folder. */
export const STEPS: readonly Step[] = [
  // Apply, client side and server side.
  k("apply -f web.yaml"),
  k("rollout status deployment/web --timeout=60s", { lastLine: true }),
  k("wait --for=condition=Available deployment/web --timeout=60s"),
  k("apply -f web.yaml"),
  k("diff -f web.yaml"),
  k("diff -f web-changed.yaml", { codeOnly: true }),
  k("apply --server-side -f web-changed.yaml"),
  k("apply --server-side --field-manager=other -f web.yaml"),
  k("apply --server-side --field-manager=other --force-conflicts -f web.yaml"),
  k("apply --dry-run=server -f web-changed.yaml"),
  k("rollout status deployment/web --timeout=60s", { lastLine: true }),
  // Look.
  k("get deployment web"),
  k("get deployment,service web -o wide"),
  k("get deployment web -o jsonpath={.spec.replicas}{.status.readyReplicas}"),
  k("get deployment web -o custom-columns=NAME:.metadata.name,REPLICAS:.spec.replicas"),
  k("get endpointslices -l kubernetes.io/service-name=web -o jsonpath={.items[0].ports[0].port}"),
  k("get pods -l app=web --field-selector=status.phase=Failed"),
  k("get deployment none"),
  k("get nosuchthing"),
  k("explain deployment.spec.replicas", { withoutProse: true }),
  k("explain pod.spec.containers.livenessProbe.httpGet", { withoutProse: true }),
  k("explain ingress.spec.rules --recursive", { withoutProse: true }),
  k("api-resources --api-group=apps -o name", { sorted: true }),
  k("api-resources --api-group=batch"),
  k("api-resources --api-group=rbac.authorization.k8s.io"),
  k("auth can-i create deployments"),
  // Logs and exec.
  k("logs deployment/web --tail=1", { lastLine: true }),
  { args: ["exec", "deployment/web", "--", "sh", "-c", "echo out; echo err >&2; exit 3"] },
  { args: ["exec", "-i", "deployment/web", "--", "cat"], input: "through stdin\n" },
  { args: ["exec", "deployment/web", "--", "sh", "-c", "echo $COLOR"] },
  // Change.
  k("scale deployment/web --replicas=3"),
  k("rollout status deployment/web --timeout=60s", { lastLine: true }),
  k("set env deployment/web COLOR=red"),
  k("rollout status deployment/web --timeout=60s", { lastLine: true }),
  k("rollout history deployment/web"),
  k("rollout undo deployment/web"),
  k("rollout status deployment/web --timeout=60s", { lastLine: true }),
  k("label deployment web tier=front"),
  k("annotate deployment web note=seen --overwrite"),
  { args: ["patch", "deployment", "web", "-p", '{"spec":{"revisionHistoryLimit":3}}'] },
  { args: ["patch", "deployment", "web", "--type=json", "-p", '[{"op":"remove","path":"/metadata/labels/tier"}]'] },
  { args: ["patch", "deployment", "web", "--type=merge", "-p", '{"spec":{"paused":null}}'] },
  // Ten kinds and more, made by kubectl itself.
  k("create configmap settings --from-literal=color=blue"),
  k("create secret generic keys --from-literal=password=x"),
  k("create serviceaccount robot"),
  k("create role reader --verb=get,list --resource=pods"),
  k("create rolebinding readers --role=reader --serviceaccount=default:robot"),
  k("create deployment idle --image=busybox:1.37 --replicas=0"),
  k("create service clusterip inner --tcp=80:8080"),
  { args: ["create", "cronjob", "nightly", "--image=busybox:1.37", "--schedule=0 3 * * *", "--", "true"] },
  k("create ingress front --rule=example.com/*=web:80"),
  k("create poddisruptionbudget steady --selector=app=web --min-available=1"),
  k("create priorityclass choreo-kubectl-suite --value=7"),
  k("create configmap settings --from-literal=color=red"),
  k("get configmap,secret,serviceaccount,role,rolebinding,cronjob,ingress"),
  k("auth can-i list pods --as=system:serviceaccount:NAMESPACE:robot"),
  // A task.
  { args: ["create", "-f", "-"], input: JOB },
  k("wait --for=condition=complete job/greet --timeout=60s"),
  k("logs job/greet"),
  k("get job greet"),
  // What is wrong is said in the same words.
  { args: ["create", "-f", "-"], input: UNKNOWN_FIELD },
  { args: ["apply", "-f", "-"], input: NOT_YAML },
  {
    args: ["create", "-f", "-"],
    input: "apiVersion: v1\nkind: Service\nmetadata: { name: Wrong_Name }\nspec: { ports: [{ port: 0 }] }\n",
  },
  { args: ["create", "-f", "-"], input: "apiVersion: example.com/v1\nkind: Nothing\nmetadata: { name: x }\n" },
  // And away.
  k("delete configmap settings"),
  k("delete deployment idle --cascade=foreground"),
  k("delete -f web.yaml"),
  k("wait --for=delete pod -l app=web --timeout=60s", { codeOnly: true }),
  k("get pods -l app=web"),
  k("delete job greet"),
  k("delete priorityclass choreo-kubectl-suite"),
  k("delete deployment none"),
];
