import type { KubeObject } from "../k8s/types.ts";
import type { ComponentHandle, ComponentOptions } from "../library/platform.ts";
import { isChoreoError } from "../lib/errors.ts";
import { poll } from "../lib/poll.ts";
import { conditionsOf } from "../resources/state.ts";

export interface ServeOptions extends ComponentOptions {
  /** Default: the component's own. */
  readonly path?: string | undefined;
  /** Default 200. */
  readonly status?: number | undefined;
  /** A part of the body, or a pattern. Default: anything. */
  readonly text?: string | RegExp | undefined;
}

export interface ChoreoMatchers {
  /** `await expect(platform.component(name)).toBeReady()`: waits until what was deployed last serves. */
  toBeReady(options?: ComponentOptions): Promise<void>;
  /** Waits until the component answers as is wanted. */
  toServe(options?: ServeOptions): Promise<void>;
  /** An object says so of itself: `expect(deployment).toHaveCondition("Ready", { reason: "…" })`. Status is `True` by default. */
  toHaveCondition(type: string, expected?: { readonly status?: string; readonly reason?: string }): void;
}

interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What a negated matcher waits for is not worth a minute. */
const NEGATED_MS = 1000;
const ANSWER_MS = 10_000;

type This = { readonly isNot?: boolean };

/** For `expect.extend`, of vitest or of whatever has the same form. */
export const matchers = {
  async toBeReady(this: This, handle: ComponentHandle, options: ComponentOptions = {}): Promise<Verdict> {
    const limit = this.isNot === true ? { timeoutMs: NEGATED_MS } : {};
    const problem = await whyNot(() => handle.ready({ ...limit, ...options }));
    return verdict(problem, `component ${handle.name} is ready`, `component ${handle.name} is not ready`);
  },
  async toServe(this: This, handle: ComponentHandle, options: ServeOptions = {}): Promise<Verdict> {
    const timeoutMs = options.timeoutMs ?? (this.isNot === true ? NEGATED_MS : ANSWER_MS);
    const problem = await whyNot(() => untilAnswers(handle, { ...options, timeoutMs }));
    const what = `${handle.name}${options.path ?? ""}`;
    return verdict(problem, `${what} answers that way`, `${what} does not answer that way`);
  },
  toHaveCondition(
    object: KubeObject,
    type: string,
    { status = "True", reason }: { readonly status?: string; readonly reason?: string } = {},
  ): Verdict {
    const all = conditionsOf(object);
    const found = all.find((condition) => condition.type === type);
    const pass = found?.status === status && (reason === undefined || found.reason === reason);
    const said = all.map((one) => `${one.type}=${one.status} (${one.reason})`).join(", ") || "none";
    const wanted = `${type}=${status}${reason === undefined ? "" : ` (${reason})`}`;
    const who = `${object.kind} ${object.metadata.name}`;
    return { pass, message: () => `${who}: condition ${wanted} was ${pass ? "not " : ""}expected; it has ${said}` };
  },
};

const verdict = (problem: string | undefined, good: string, bad: string): Verdict => ({
  pass: problem === undefined,
  message: () => (problem === undefined ? good : `${bad}: ${problem}`),
});

/** Why something did not come to be in time; other failures are thrown. */
const whyNot = async (work: () => Promise<void>): Promise<string | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isChoreoError(error, "E_NOT_READY")) throw error;
    return error.why ?? error.message;
  }
};

const untilAnswers = (handle: ComponentHandle, options: ServeOptions & { timeoutMs: number }): Promise<void> => {
  const { path, status = 200, text, ...where } = options;
  return poll<void>(
    async () => {
      const answer = await handle.fetch(path, where);
      const body = await answer.text();
      if (answer.status === status && matches(body, text)) return { done: true, value: undefined };
      return { done: false, missing: `it answers ${answer.status}: ${body.slice(0, 200).trim()}` };
    },
    {
      what: `${handle.name} to answer`,
      timeoutMs: where.timeoutMs,
      intervalMs: 20,
      maxIntervalMs: 200,
      code: "E_NOT_READY",
    },
  );
};

const matches = (body: string, text: string | RegExp | undefined): boolean => {
  if (text === undefined) return true;
  return typeof text === "string" ? body.includes(text) : text.test(body);
};
