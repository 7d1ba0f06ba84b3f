import { type Answered, placeOrder } from "../api/client.ts";
import { customerId, keepOrder } from "../api/my-orders.ts";
import { isRetryable, type Problem } from "../api/problem.ts";
import { repeat } from "../api/retry.ts";
import type { OrderedItem, PlacedOrder } from "../api/types.ts";
import { beginAttempt, dropAttempt } from "./attempt.ts";
import type { Total } from "./basket.ts";

/** A press of the button that orders. `stopped` by the customer, who may have pressed it again. */
export type Run = { stopped: boolean; key?: string };

/** What became of a run. `isKept`: the next visit finds the order. `isAsShown`: it costs what the
 * button said. `kept`: the customer stopped, and the order was placed all the same. */
export type Sent =
  | { kind: "placed"; answer: Answered<PlacedOrder>; isKept: boolean; isAsShown: boolean }
  | { kind: "refused"; problem: Problem }
  | { kind: "stopped" }
  | { kind: "kept" };

const TRIES = 10;

/** Send an order until it is answered, tried ten times or stopped, and keep what opens it. */
export async function sendOrder(
  items: OrderedItem[],
  shown: Total[],
  run: Run,
  onFailure: () => void,
  send = placeOrder,
): Promise<Sent> {
  const attempt = beginAttempt(items, shown);
  run.key = attempt.key;
  const result = await repeat(() => send(customerId(), attempt), {
    tries: TRIES,
    stopped: () => run.stopped,
    onFailure,
  });
  if (!result.ok) {
    if (!isRetryable(result.problem)) dropAttempt(attempt.key);
    return run.stopped ? { kind: "stopped" } : { kind: "refused", problem: result.problem };
  }
  const isKept = keepOrder(result.value.order_id, result.value);
  // A stopped attempt stays: ordering the same again leads to this order, and not to a second one.
  if (run.stopped) return { kind: "kept" };
  dropAttempt(attempt.key);
  return { kind: "placed", answer: result, isKept, isAsShown: isAsShown(result.value, shown) };
}

const isAsShown = ({ amount_total, currency }: PlacedOrder, shown: Total[]) =>
  shown.length === 1 && shown[0]?.amount === amount_total && shown[0].currency === currency;
