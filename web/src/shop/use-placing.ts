import { useEffect, useRef, useState } from "preact/hooks";
import { type Answered, lookAtOrder, placeOrder } from "../api/client.ts";
import { customerId, keepOrder, keepSeen } from "../api/my-orders.ts";
import { payAddress } from "../api/pay-address.ts";
import { isRetryable, type Problem } from "../api/problem.ts";
import { repeat } from "../api/retry.ts";
import type { OrderedItem, PlacedOrder } from "../api/types.ts";
import { isFinal } from "../ui/states.tsx";
import { attemptFor, dropAttempt, keepAttempt, keptAttempt } from "./attempt.ts";

export type Stage = "sending" | "retrying" | "waiting" | "opening";
type Outcome = { onPlaced: () => void; onRefused: (problem: Problem) => void };

const TRIES = 10;
const PATIENCE_MS = 20_000; // for the payment link; the order page then waits on

/** Return how far an order is that is being placed, and functions that place it and stop trying. */
export function usePlacing({ onPlaced, onRefused }: Outcome) {
  const [stage, setStage] = useState<Stage>();
  const current = useRef({ stopped: false });
  useEffect(leaveAfterReturn, []);

  const place = async (items: OrderedItem[]) => {
    const attempt = attemptFor(items, keptAttempt());
    keepAttempt(attempt);
    const run = { stopped: false };
    current.current = run;
    setStage("sending");
    const result = await repeat(() => placeOrder(customerId(), attempt), {
      tries: TRIES,
      stopped: () => run.stopped,
      onFailure: () => setStage("retrying"),
    });
    if (run.stopped && !result.ok) return;
    if (!result.ok) {
      if (!isRetryable(result.problem)) dropAttempt();
      setStage(undefined);
      onRefused(result.problem);
      return;
    }
    keepOrder(result.value.order_id, result.value);
    dropAttempt();
    onPlaced();
    setStage("waiting");
    const link = await payLink(result);
    setStage("opening");
    leaveFor(result.value.order_id, link);
  };
  const stop = () => {
    current.current.stopped = true;
    setStage(undefined);
  };
  return { stage, place, stop };
}

/** Look at the order until it has a payment link. Undefined if the order page should go on. */
async function payLink(placed: Answered<PlacedOrder>): Promise<string | undefined> {
  const until = Date.now() + PATIENCE_MS;
  let wait = placed.retryAfter ?? 1;
  while (Date.now() < until) {
    await new Promise((done) => setTimeout(done, wait * 1000));
    const look = await lookAtOrder(placed.value.order_id, placed.value);
    if (!look.ok || !look.value.order) return undefined;
    keepSeen(look.value.order);
    const link = payAddress(look.value.order.payment_link);
    if (link || isFinal(look.value.order.status)) return link;
    wait = look.retryAfter ?? 1;
  }
  return undefined;
}

/** Go to the payment page, or the order page. Going back leads to the order page, not the shop. */
function leaveFor(orderId: string, link: string | undefined): void {
  const page = `/order/${encodeURIComponent(orderId)}`;
  if (!link) {
    location.replace(page);
    return;
  }
  history.replaceState(null, "", page);
  location.assign(link);
}

/** The browser may show a kept copy of this page at the address of the order page. */
function leaveAfterReturn() {
  const shown = (event: PageTransitionEvent) => {
    if (event.persisted && location.pathname.startsWith("/order/")) location.reload();
  };
  window.addEventListener("pageshow", shown);
  return () => window.removeEventListener("pageshow", shown);
}
