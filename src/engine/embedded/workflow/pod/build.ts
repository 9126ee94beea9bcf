import type { AnyObject } from "../../../../k8s/types.ts";
import type { Bound } from "../execute.ts";
import { durationMs } from "../duration.ts";
import { secondsLeft } from "../limits.ts";
import { fnv32a } from "../names.ts";
import type { Run } from "../run.ts";
import { TemplateError } from "../template/resolve.ts";
import type { Container, Node, Template } from "../types.ts";
import { ANNOTATIONS, LABELS, type Wanted } from "./marks.ts";
import { isIn, privateFolders } from "./places.ts";
import { mainCommand, waitCommand } from "./wrapper.ts";

const PROCESS = "process.choreo.dev";

/** Fields of a template, or else of the workflow, that are a pod's. */
const OF_PODS = [
  "nodeSelector",
  "tolerations",
  "affinity",
  "schedulerName",
  "priorityClassName",
  "securityContext",
  "hostAliases",
  "automountServiceAccountToken",
  "serviceAccountName",
];
const OF_WORKFLOWS = ["imagePullSecrets", "hostNetwork", "dnsPolicy", "dnsConfig"];

/** The pod of a bound container or script template. */
export const buildPod = (run: Run, { template, execution }: Bound, node: Node, name: string): AnyObject => {
  const { metadata } = run.workflow;
  const wanted: Wanted = {
    result: execution.wantsResult === true,
    parameters: (template.outputs?.parameters ?? []).filter(({ valueFrom }) => valueFrom?.path !== undefined),
  };
  const annotations = { ...run.spec.podMetadata?.annotations, ...template.metadata?.annotations };
  const inner = containersOf(run, template, node, { wanted, annotations });
  const user = template as Readonly<Record<string, unknown>>;
  const fields = [
    ...OF_PODS.map((field): [string, unknown] => [field, user[field] ?? run.spec[field]]),
    ...OF_WORKFLOWS.map((field): [string, unknown] => [field, run.spec[field]]),
  ];
  const deadline = deadlineOf(run, template, node);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: metadata.namespace ?? "",
      labels: {
        ...run.spec.podMetadata?.labels,
        ...template.metadata?.labels,
        [LABELS.workflow]: metadata.name,
        [LABELS.completed]: "false",
      },
      annotations: {
        "kubectl.kubernetes.io/default-container": "main",
        ...inner.annotations,
        ...annotations,
        [ANNOTATIONS.nodeId]: node.id,
        [ANNOTATIONS.nodeName]: node.name,
        [ANNOTATIONS.wanted]: JSON.stringify(wanted),
      },
      ownerReferences: [
        {
          apiVersion: run.workflow.apiVersion,
          kind: run.workflow.kind,
          name: metadata.name,
          uid: metadata.uid ?? "",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      restartPolicy: "Never",
      ...Object.fromEntries(fields.filter(([, value]) => value !== undefined)),
      ...(deadline === undefined ? {} : { activeDeadlineSeconds: deadline }),
      ...inner.spec,
    },
  };
};

/** Seconds; the earliest of the template's and the workflow's. */
const deadlineOf = (run: Run, { activeDeadlineSeconds, timeout }: Template, { name }: Node): number | undefined => {
  const all = [
    activeDeadlineSeconds === undefined ? undefined : Number(activeDeadlineSeconds),
    timeout === undefined ? undefined : Math.ceil(durationMs(timeout) / 1000),
    secondsLeft(run, name),
  ].filter((seconds) => seconds !== undefined);
  return all.length === 0 ? undefined : Math.min(...all);
};

interface Asked {
  readonly wanted: Wanted;
  readonly annotations: Readonly<Record<string, string>>;
}

const containersOf = (
  run: Run,
  template: Template,
  node: Node,
  { wanted, annotations }: Asked,
): { annotations: object; spec: object } => {
  const given = template.container ?? template.script;
  if (given === undefined) throw unsupported(template, kindOf(template));
  const { source, ...container } = given;
  const raw = (template.inputs?.artifacts ?? []).flatMap(({ path, raw: data }) =>
    path === undefined || data === undefined ? [] : [{ path, content: data.data }],
  );
  const outputs = wanted.parameters.map(({ valueFrom }) => valueFrom?.path ?? "");
  const mounts = mountsOf(container);
  const volumes = [...(run.spec.volumes ?? []), ...(template.volumes ?? [])];
  const isWaited = wanted.result || outputs.length > 0;
  if (!isWaited && raw.length === 0 && source === undefined) {
    const ownCommand = container.command === undefined ? {} : hostCommands("main", annotations);
    return { annotations: ownCommand, spec: specOf(template, [{ ...container, name: "main" }], volumes) };
  }
  const folder = `/tmp/.argo-${(run.workflow.metadata.uid ?? "").replaceAll("-", "")}-${fnv32a(node.id)}`;
  const script = source === undefined ? undefined : { path: `${folder}/script`, content: source };
  const argv = argvOf(template, container, annotations, script?.path);
  const files = [...raw, ...(script === undefined ? [] : [script])];
  const isOutsideSeen = [annotations[`${PROCESS}/dir`], annotations[`${PROCESS}/bundle`]].some(
    (place) => place !== undefined && isIn("/tmp", place),
  );
  const folders = privateFolders(
    [folder, ...outputs, ...raw.map(({ path }) => path)],
    mounts.map(({ mountPath }) => mountPath),
  ).filter((place) => place !== "/tmp" || !isOutsideSeen);
  const own = folders.map((place, index) => ({
    name: place === "/tmp" ? "tmp-dir-argo" : `argo-files-${index}`,
    mountPath: place,
  }));
  const { args: _args, ...rest } = container;
  const command = mainCommand({ folder, files, outputs, wantsResult: wanted.result, argv });
  const main: Container = { ...rest, name: "main", command, volumeMounts: [...mounts, ...own] };
  const shared = [...mounts, ...own].filter(({ mountPath }) => mountPath === "/tmp");
  const wait: Container = {
    name: "wait",
    image: container.image ?? "",
    command: waitCommand(folder),
    volumeMounts: shared,
  };
  return {
    annotations: {
      [`${PROCESS}/host-commands.main`]: "true",
      ...(isWaited ? { [`${PROCESS}/host-commands.wait`]: "true" } : {}),
    },
    spec: specOf(template, isWaited ? [wait, main] : [main], [
      ...volumes,
      ...own.map(({ name }) => ({ name, emptyDir: {} })),
    ]),
  };
};

const specOf = (template: Template, containers: readonly Container[], volumes: readonly unknown[]): object => {
  // A sidecar ends with its pod, which is what a restartable init container does.
  const sidecars = (template.sidecars ?? []).map((sidecar) => ({ ...sidecar, restartPolicy: "Always" }));
  const initContainers = [...(template.initContainers ?? []), ...sidecars];
  return {
    containers,
    ...(initContainers.length > 0 ? { initContainers } : {}),
    ...(volumes.length > 0 ? { volumes } : {}),
  };
};

/** The words to run: of an annotation for the process runtime, or those of the template. */
const argvOf = (
  template: Template,
  container: Container,
  annotations: Readonly<Record<string, string>>,
  script: string | undefined,
): string[] => {
  const override = annotations[`${PROCESS}/command.main`] ?? annotations[`${PROCESS}/command`];
  if (override !== undefined)
    throw unsupported(
      template,
      `the annotation ${PROCESS}/command together with outputs, results, artifacts or a script`,
    );
  const argv = [...(container.command ?? []), ...(container.args ?? []), ...(script === undefined ? [] : [script])];
  if (argv.length > 0 && container.command !== undefined) return argv;
  throw unsupported(
    template,
    "an image's own command together with outputs, results or artifacts: name the command, which",
  );
};

const hostCommands = (name: string, annotations: Readonly<Record<string, string>>): object => {
  const says = ["command", "bundle", "host-commands"].flatMap((what) => [
    `${PROCESS}/${what}`,
    `${PROCESS}/${what}.${name}`,
  ]);
  return says.some((annotation) => annotation in annotations) ? {} : { [`${PROCESS}/host-commands.${name}`]: "true" };
};

const mountsOf = ({ volumeMounts }: Container): { name: string; mountPath: string }[] =>
  Array.isArray(volumeMounts) ? (volumeMounts as { name: string; mountPath: string }[]) : [];

const kindOf = (template: Template): string =>
  ["http", "plugin", "data", "containerSet", "resource"].find((kind) => kind in template) ?? "an empty template";

/** In the words of every refusal. */
export const unsupported = ({ name = "inline" }: Template, what: string): TemplateError =>
  new TemplateError(`template ${name}: ${what} is not supported on engine embedded`);
