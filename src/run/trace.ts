import type { StepTime } from "./runner.ts";

/**
 * A run in the Trace Event Format, which Perfetto and chrome://tracing open: one track per group of steps, times in µs.
 */
export const traceOf = (platform: string, times: readonly StepTime[]): string => {
  const groups = [...new Set(times.map((time) => time.step.group))];
  const names = groups.map((name, index) => ({ ph: "M", pid: 1, tid: index + 1, name: "thread_name", args: { name } }));
  const spans = times.map(({ step, startMs, endMs }) => ({
    ph: "X",
    pid: 1,
    tid: groups.indexOf(step.group) + 1,
    name: step.subject === "" ? step.id : `${step.group} ${step.subject}`,
    cat: step.kind,
    ts: Math.round(startMs * 1000),
    dur: Math.round((endMs - startMs) * 1000),
    args: { id: step.id, reason: step.reason, needs: step.needs.join(", ") },
  }));
  const process = { ph: "M", pid: 1, name: "process_name", args: { name: `choreo-dev up ${platform}` } };
  return JSON.stringify({ displayTimeUnit: "ms", traceEvents: [process, ...names, ...spans] });
};
