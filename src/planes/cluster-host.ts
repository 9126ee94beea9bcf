import type { ClusterHost } from "../engine/embedded/engine.ts";
import { ChoreoError } from "../lib/errors.ts";
import {
  type HostSettings,
  type SupervisorFiles,
  type SupervisorProblem,
  callSupervisor,
  programHash,
  startHost,
  supervisorStatus,
} from "./supervisor-process.ts";

const START_MS = 60_000;

/** The supervisor as the process that embedded clusters live in. */
export const clusterHost = (options: {
  readonly files: SupervisorFiles;
  readonly platformId: string;
  readonly settings: () => Promise<HostSettings>;
}): ClusterHost => {
  const { files, platformId, settings } = options;
  const running = async (): Promise<readonly string[] | undefined> => {
    const [status, program] = await Promise.all([supervisorStatus(files.socket), programHash()]);
    if (status === undefined || status.platformId !== platformId || status.program !== program) return undefined;
    return status.clusters;
  };
  let starting: Promise<unknown> | undefined;
  return {
    running,
    start: async (cluster, context) => {
      if ((await running()) === undefined) {
        // Several clusters begin at once; one of them starts the process for all.
        starting ??= settings().then((wanted) => startHost(wanted, files, context));
        await starting.finally(() => (starting = undefined));
      }
      context.progress("starting the API server");
      const answer = await callSupervisor(files.socket, "POST", `/clusters/${cluster}`, { timeoutMs: START_MS });
      const failure = JSON.parse(answer) as Partial<SupervisorProblem>;
      if (failure.problem !== undefined) throw startError(cluster, { problem: failure.problem, ...failure }, files.log);
    },
    stop: async (cluster) => {
      if ((await supervisorStatus(files.socket)) === undefined) return;
      await callSupervisor(files.socket, "DELETE", `/clusters/${cluster}`, { timeoutMs: START_MS });
    },
  };
};

/** An error with a way out keeps its words; of any other there is only the log. */
const startError = (cluster: string, { problem, code, why, fix }: SupervisorProblem, log: string): ChoreoError => {
  if (code === undefined || fix === undefined) {
    return new ChoreoError("E_CLUSTER_CREATE", `Cluster ${cluster} did not start`, { why: problem, fix: `see ${log}` });
  }
  return new ChoreoError(code, problem, { ...(why === undefined ? {} : { why }), fix });
};
