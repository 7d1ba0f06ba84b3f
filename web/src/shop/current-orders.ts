import type { MyOrder, Seen } from "../api/my-orders.ts";
import { isClosed, isFinal } from "../ui/states.tsx";

const HOUR_MS = 3_600_000;

/** Return whether a customer who returns looks for this order: under way, or ready to collect. */
export function isCurrent(order: MyOrder, seen: Seen | undefined, now = Date.now()): boolean {
  const age = now - Date.parse(order.placed_at);
  if (!seen || !isFinal(seen.status)) return age < 24 * HOUR_MS;
  return !isClosed(seen.status) && seen.status !== "collected" && age < 3 * HOUR_MS;
}
