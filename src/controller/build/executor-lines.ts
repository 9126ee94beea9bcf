/** What Argo's executor says around a step, in the step's own log. */
export const isOfExecutor = (line: string): boolean =>
  /\bargo=true\b/.test(line) || /^Error: exit status \d+$/.test(line.trim());
