import type { Session } from "./session.ts";

/** When the node of a cluster was last started, ms since the epoch; undefined where clusters have none. */
export const nodeStartOf = async ({ engine }: Session, cluster: string): Promise<number | undefined> =>
  (await engine.observe({ recall: true })).find(({ name }) => name === cluster)?.startedAt;
