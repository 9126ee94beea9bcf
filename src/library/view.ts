import path from "node:path";
import type { EngineName } from "../config/model.ts";
import { writeFolder } from "../diagnostics/archive.ts";
import { collectDiagnostics } from "../diagnostics/diagnostics.ts";
import { ChoreoError } from "../lib/errors.ts";
import type { CallContext } from "../planes/api.ts";
import { createAsker } from "./answers.ts";
import { findComponent, publicUrl, readLogs, untilServes } from "./components.ts";
import { functionImage, functionResources } from "./function-component.ts";
import type { InProcess } from "./in-process.ts";
import { makeOrganization, removeOrganization } from "./isolate.ts";
import type { ComponentFunction } from "./options.ts";
import type { ComponentHandle, ComponentOptions, FetchOptions, RunningPlatform, Snapshot } from "./platform.ts";
import { applyAll, deleteAll, waitForObject } from "./resources.ts";
import { type PlatformScope, controlOf, planeOfScope } from "./scope.ts";

export interface ViewInput {
  readonly scope: PlatformScope;
  readonly context: CallContext;
  readonly engine: EngineName;
  /** Undefined where the platform is not in this process. */
  readonly local: { readonly supervisor: InProcess; readonly functions: Map<string, ComponentFunction> } | undefined;
  /** Removes what was made for this view. */
  readonly end: () => Promise<void>;
}

/** What a test is handed: a platform as one of its organizations sees it. */
export const viewOf = ({ scope, context, engine, local, end }: ViewInput): RunningPlatform => {
  const { platform } = scope.loaded;
  const asker = createAsker(scope.ca);
  let ending: Promise<void> | undefined;
  const dispose = (): Promise<void> => {
    asker.close();
    return (ending ??= end());
  };
  const fetchFrom: RunningPlatform["fetch"] = async (name, below = "", options = {}) => {
    const { init, where } = splitOptions(options);
    const base = await publicUrl(scope, name, where);
    const signal = where.signal === undefined ? {} : { signal: where.signal };
    return asker.ask(new Request(joinUrl(base, below), { ...init, ...signal }));
  };
  const component = (name: string): ComponentHandle => ({
    name,
    platform: view,
    ready: async (options) => void (await untilServes(scope, name, options)),
    object: () => findComponent(scope, name),
    url: (options) => publicUrl(scope, name, options),
    fetch: (below, options) => fetchFrom(name, below, options),
    logs: (options) => readLogs(scope, name, options),
  });
  const inThisProcess = (what: string): NonNullable<ViewInput["local"]> => {
    if (local !== undefined) return local;
    throw new ChoreoError("E_UNSUPPORTED", `${what} is not possible on this platform`, {
      why: "it does not run in this process",
      fix: "start it with engine: embedded, and without reuse",
    });
  };
  const serve: RunningPlatform["serve"] = async (name, answer) => {
    const { functions } = inThisProcess("A function as a component");
    // No version comes twice on a platform, also in the hands of the next one who has it.
    const version = functions.size + 1;
    const environment = platform.environments[0]?.name ?? "";
    const deployed = { name, organization: scope.organization, environment, version };
    functions.set(functionImage(deployed), answer);
    await applyAll(scope, functionResources(deployed));
    await untilServes(scope, name, { environment });
    return component(name);
  };
  const view: RunningPlatform = {
    name: platform.name,
    engine,
    topology: platform.topology,
    organization: scope.organization,
    ca: scope.ca,
    control: controlOf(scope),
    plane: (name) => planeOfScope(scope, name).client,
    kubeconfig: (name) => planeOfScope(scope, name).kubeconfig,
    apply: (...what) => applyAll(scope, what),
    delete: (...what) => deleteAll(scope, what),
    waitFor: (ref, condition, options) => waitForObject(scope, ref, condition, options),
    component,
    url: (name, options) => publicUrl(scope, name, options),
    fetch: fetchFrom,
    logs: (name, options) => readLogs(scope, name, options),
    serve,
    diagnostics: async (dir) => {
      const { loaded, cwd } = scope;
      await writeFolder(path.resolve(cwd, dir), await collectDiagnostics({ ...context, loaded }));
    },
    snapshot: () => inThisProcess("A snapshot").supervisor.snapshot() as unknown as Snapshot,
    restore: (snapshot) => inThisProcess("A snapshot").supervisor.restore(snapshot as never),
    isolate: async () => {
      const own = { ...scope, organization: await makeOrganization(scope) };
      return viewOf({ scope: own, context, engine, local, end: () => removeOrganization(own) });
    },
    [Symbol.asyncDispose]: dispose,
  };
  return view;
};

const splitOptions = ({
  environment,
  project,
  timeoutMs,
  signal,
  ...init
}: FetchOptions): { readonly init: RequestInit; readonly where: ComponentOptions } => ({
  init,
  where: { environment, project, timeoutMs, signal },
});

/** A path is one below the component's own, as behind `url`. */
const joinUrl = (base: string, below: string): string =>
  below === "" ? base : `${base.replace(/\/$/, "")}/${below.replace(/^\//, "")}`;
