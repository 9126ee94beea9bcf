import { type Fields, ensure, fill, fillZero, inner, items, text } from "./fields-of.ts";

/** Fills in what a pod's spec leaves out, also that of a template. */
export const defaultPodSpec = (spec: Fields | undefined): void => {
  if (spec === undefined) return;
  fillZero(spec, "restartPolicy", "Always");
  fillZero(spec, "dnsPolicy", "ClusterFirst");
  fillZero(spec, "schedulerName", "default-scheduler");
  fill(spec, "terminationGracePeriodSeconds", 30);
  fill(spec, "securityContext", {});
  // Of two names for one thing, the older one follows.
  const account = text(spec, "serviceAccountName") || text(spec, "serviceAccount");
  if (account !== "") Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  for (const volume of items(spec, "volumes")) defaultVolume(volume);
  for (const list of ["initContainers", "containers", "ephemeralContainers"])
    for (const container of items(spec, list)) defaultContainer(container, spec["hostNetwork"] === true);
};

/** Takes off what Kubernetes knows and does not do unless it is told to try: policies of single containers but of sidecars. */
export const dropTrials = (spec: Fields): void => {
  for (const list of ["initContainers", "containers"])
    for (const container of items(spec, list))
      if (list !== "initContainers" || container["restartPolicy"] !== "Always") delete container["restartPolicy"];
};

/** The template of a workload: `spec.template`. */
export const defaultPodTemplate = (spec: Fields | undefined): void => defaultPodSpec(inner(spec, "template", "spec"));

const defaultContainer = (container: Fields, hostNetwork: boolean): void => {
  fillZero(container, "imagePullPolicy", pullPolicyOf(text(container, "image")));
  fillZero(container, "terminationMessagePath", "/dev/termination-log");
  fillZero(container, "terminationMessagePolicy", "File");
  for (const port of items(container, "ports")) {
    fillZero(port, "protocol", "TCP");
    if (hostNetwork) fillZero(port, "hostPort", port["containerPort"]);
  }
  defaultResources(ensure(container, "resources"));
  for (const one of items(container, "env")) {
    const field = inner(one, "valueFrom", "fieldRef");
    if (field !== undefined) fillZero(field, "apiVersion", "v1");
    const resource = inner(one, "valueFrom", "resourceFieldRef");
    if (resource !== undefined) fill(resource, "divisor", "0");
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = inner(container, name);
    if (probe !== undefined) defaultProbe(probe);
  }
  for (const hook of ["postStart", "preStop"]) defaultHttp(inner(container, "lifecycle", hook, "httpGet"));
};

/** `latest` may be another image tomorrow. */
const pullPolicyOf = (image: string): string => {
  const [name = ""] = image.split("@");
  const last = name.slice(name.lastIndexOf("/") + 1);
  const tag = last.includes(":") ? last.slice(last.lastIndexOf(":") + 1) : "latest";
  return tag === "latest" && !image.includes("@") ? "Always" : "IfNotPresent";
};

const defaultProbe = (probe: Fields): void => {
  fillZero(probe, "timeoutSeconds", 1);
  fillZero(probe, "periodSeconds", 10);
  fillZero(probe, "successThreshold", 1);
  fillZero(probe, "failureThreshold", 3);
  defaultHttp(inner(probe, "httpGet"));
  const grpc = inner(probe, "grpc");
  if (grpc !== undefined) fill(grpc, "service", "");
};

const defaultHttp = (http: Fields | undefined): void => {
  if (http === undefined) return;
  fillZero(http, "path", "/");
  fillZero(http, "scheme", "HTTP");
};

/** What is limited and not requested is requested as far as it is limited. */
const defaultResources = (resources: Fields): void => {
  const limits = inner(resources, "limits");
  if (limits === undefined) return;
  const requests = ensure(resources, "requests");
  for (const [name, value] of Object.entries(limits)) fill(requests, name, value);
};

const MODE = 0o644;

const defaultVolume = (volume: Fields): void => {
  // A volume that says nothing of what it is, is an empty one.
  if (Object.keys(volume).every((field) => field === "name")) volume["emptyDir"] = {};
  const iscsi = inner(volume, "iscsi");
  if (iscsi !== undefined) fillZero(iscsi, "iscsiInterface", "default");
  for (const kind of ["secret", "configMap", "downwardAPI", "projected"]) {
    const source = inner(volume, kind);
    if (source !== undefined) fill(source, "defaultMode", MODE);
  }
  const host = inner(volume, "hostPath");
  if (host !== undefined) fill(host, "type", "");
  for (const item of [...items(volume, "downwardAPI", "items"), ...projectedItems(volume)]) {
    const field = inner(item, "fieldRef");
    if (field !== undefined) fillZero(field, "apiVersion", "v1");
    const resource = inner(item, "resourceFieldRef");
    if (resource !== undefined) fill(resource, "divisor", "0");
  }
  for (const source of items(volume, "projected", "sources")) {
    const token = inner(source, "serviceAccountToken");
    if (token !== undefined) fill(token, "expirationSeconds", 3600);
  }
  const claim = inner(volume, "ephemeral", "volumeClaimTemplate", "spec");
  if (claim !== undefined) fill(claim, "volumeMode", "Filesystem");
};

const projectedItems = (volume: Fields): Fields[] =>
  items(volume, "projected", "sources").flatMap((source) => items(source, "downwardAPI", "items"));
