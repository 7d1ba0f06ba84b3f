import type { StatusChange } from "../api/types.ts";
import { HAPPY_PATH, isKnown } from "../ui/states.tsx";

/** A step of an order: reached at a time, the present one, or still to come. */
export type Step = { status: string; at?: number; stage: "done" | "now" | "next" };

/** Return the steps of an order: what happened, and what comes if it goes well. */
export function timeline(status: string, history: readonly StatusChange[]): Step[] {
  const reached = history.map((change) => ({ status: change.status, at: Date.parse(change.at) }));
  const steps: Step[] = reached.map((step) => ({ ...step, stage: "done" as const }));
  const last = steps.at(-1);
  if (last?.status === status) last.stage = "now";
  else steps.push({ status, stage: "now" });
  return [...steps, ...stillToCome(status)];
}

function stillToCome(status: string): Step[] {
  const place = isKnown(status) ? HAPPY_PATH.indexOf(status) : -1;
  if (place < 0) return [];
  return HAPPY_PATH.slice(place + 1).map((next) => ({ status: next, stage: "next" as const }));
}
