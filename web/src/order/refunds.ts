import type { Order, Refund } from "../api/types.ts";
import { REFUND_REASONS, type RefundReason } from "../i18n/catalogue.ts";

export type RefundStage = "due" | "pending" | "succeeded" | "failed";

/** Return how far a refund is, for a customer. A status that is not known is on its way. */
export function refundStage({ status }: Refund): RefundStage {
  if (status === "due" || status === "succeeded") return status;
  return status === "failed" || status === "canceled" ? "failed" : "pending";
}

export const refundReason = (reason: string): RefundReason | undefined =>
  REFUND_REASONS.find((known) => known === reason);

/** Return what goes back or went back in all. */
export const refundedAmount = (order: Order): number =>
  order.refunds
    .filter((refund) => refundStage(refund) !== "failed")
    .reduce((sum, refund) => sum + refund.amount, 0);
