import type { Problem } from "./problem.ts";
import type { ProblemItem } from "./types.ts";

/** The kinds of problems that have words of their own for a customer. */
export type ProblemKind =
  | "offline"
  | "busy"
  | "unavailable"
  | "defect"
  | "general"
  | "outdated"
  | "orderAgain"
  | "tooLarge"
  | "stock"
  | "share"
  | "unpaidOrders"
  | "notSold"
  | "shopPaused"
  | "currencies"
  | "notFound"
  | "alreadyPaid"
  | "paymentUnderWay"
  | "orderClosed";

const KINDS: Record<string, ProblemKind> = {
  offline: "offline",
  throttled: "busy",
  body_too_large: "tooLarge",
  invalid_order: "tooLarge",
  idempotency_key_expired: "orderAgain",
  idempotency_key_reused: "orderAgain",
  invalid_body: "outdated",
  invalid_idempotency_key: "outdated",
  invalid_idempotency_secret: "outdated",
  malformed_json: "outdated",
  no_such_route: "outdated",
  unsupported_content_encoding: "outdated",
  unsupported_media_type: "outdated",
  insufficient_stock: "stock",
  share_exceeded: "share",
  too_many_unpaid_orders: "unpaidOrders",
  unknown_product: "notSold",
  inactive_product: "notSold",
  mixed_currencies: "currencies",
  order_not_found: "notFound",
  unauthorized: "notFound",
  order_already_paid: "alreadyPaid",
  payment_under_way: "paymentUnderWay",
  order_closed: "orderClosed",
};

/** Return the kind of a problem. A code that is not known has the kind of its HTTP status. */
export function problemKind({ code, status, items }: Problem): ProblemKind {
  if (items.some(isOfPausedShop)) return "shopPaused";
  const known = Object.hasOwn(KINDS, code) ? KINDS[code] : undefined;
  if (known) return known;
  if (status === 503 || status === 502 || status === 504) return "unavailable";
  if (status >= 500) return "defect";
  return status === 429 ? "busy" : "general";
}

// The reasons of `inactive_product` that docs/openapi.yaml does not enumerate.
export const isPaused = ({ reason }: ProblemItem) => reason === "it is paused";
export const isOfPausedShop = ({ reason }: ProblemItem) => reason === "the shop is paused";

/** Return whether the problem's number helps those who look into it. */
export const needsNumber = (problem: Problem) =>
  ["defect", "general", "unavailable", "outdated", "tooLarge"].includes(problemKind(problem));
