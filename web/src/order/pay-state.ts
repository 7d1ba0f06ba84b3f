import { payAddress } from "../api/pay-address.ts";
import type { Order } from "../api/types.ts";

/** The way to the payment page. `left` is the time to pay in milliseconds, if it is known. */
export type PayState =
  | { kind: "link"; link: string; left?: number }
  | { kind: "preparing"; left?: number }
  | { kind: "over" };

/** Return how an unpaid order can be paid at the server's time `now`.
 *
 * The API gives the link as long as the order can be paid, so the clock does not take it away.
 */
export function payState({ payment_link, pay_until }: Order, now: number): PayState {
  const link = payAddress(payment_link);
  const left = pay_until === undefined ? undefined : Date.parse(pay_until) - now;
  const isOver = left !== undefined && left <= 0;
  if (!link && isOver) return { kind: "over" };
  const time = left === undefined || isOver ? {} : { left };
  return link ? { kind: "link", link, ...time } : { kind: "preparing", ...time };
}
