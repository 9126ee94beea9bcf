import { orderInWaves } from "./order.ts";
import type { Plan } from "./step.ts";

/** The plan as text: what would be done, in which order, and why. */
export const explainPlan = (plan: Plan): string => {
  if (plan.steps.length === 0 && plan.refusals.length === 0) return `${plan.platform}: nothing to do\n`;
  const lines = [`${plan.platform}: ${count(plan.steps.length, "step")}`];
  for (const [index, wave] of orderInWaves(plan.steps).entries()) {
    lines.push("", `wave ${index + 1}`);
    for (const step of wave) {
      lines.push(
        `  ${step.change.padEnd(9)} ${[step.group, step.subject].filter(Boolean).join(" ").padEnd(36)} ${step.reason}`,
      );
      if (step.loses !== undefined) lines.push(`            loses ${step.loses}`);
    }
  }
  for (const refusal of plan.refusals) {
    lines.push("", `refused   ${refusal.field}: ${refusal.reason}`, `          ${refusal.fix}`);
  }
  return `${lines.join("\n")}\n`;
};

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
