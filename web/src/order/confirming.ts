import type { Order } from "../api/types.ts";

const USUAL_MS = 30_000;

/** Whether a payment is being confirmed after Stripe's page sent the customer back. `long`: it
 * takes longer than usual, or the customer came back without paying. */
export type Confirming = "usual" | "long" | undefined;

export function confirming(order: Order, payingSince: number | undefined, now: number): Confirming {
  if (payingSince === undefined || !isUnpaid(order.status)) return undefined;
  return now - payingSince > USUAL_MS ? "long" : "usual";
}

export const isUnpaid = (status: string) =>
  status === "pending" || status === "waiting_for_payment";

/** Whether the page offers to cancel: not while a payment that was made is being confirmed. */
export const canCancel = (order: Order, state: Confirming) =>
  isUnpaid(order.status) && state !== "usual";
