import { useEffect, useRef, useState } from "preact/hooks";
import { type Answered, lookAtOrder } from "../api/client.ts";
import { keepSeen } from "../api/my-orders.ts";
import { payAddress } from "../api/pay-address.ts";
import type { Problem } from "../api/problem.ts";
import type { Access, OrderedItem, PlacedOrder } from "../api/types.ts";
import { orderAddress, sharedAddress } from "../order/address.ts";
import { isFinal } from "../ui/states.tsx";
import { stopAttempt } from "./attempt.ts";
import type { Total } from "./basket.ts";
import { type Run, sendOrder } from "./send-order.ts";

export type Stage = "sending" | "retrying" | "waiting" | "opening";
type Outcome = {
  onPlaced: (items: OrderedItem[]) => void;
  onRefused: (problem: Problem) => void;
  /** An order that the customer stopped was placed all the same. */
  onKept: () => void;
};

const PATIENCE_MS = 20_000; // for the payment link; the order page then waits on

/** Return how far an order is that is being placed, and functions that place it and stop trying. */
export function usePlacing({ onPlaced, onRefused, onKept }: Outcome) {
  const [stage, setStage] = useState<Stage>();
  const current = useRef<Run>({ stopped: false });
  useEffect(leaveAfterReturn, []);

  const place = async (items: OrderedItem[], shown: Total[]) => {
    const run: Run = { stopped: false };
    current.current = run;
    setStage("sending");
    const sent = await sendOrder(items, shown, run, () => setStage("retrying"));
    if (sent.kind === "kept") onKept();
    if (sent.kind === "refused") {
      setStage(undefined);
      onRefused(sent.problem);
    }
    if (sent.kind !== "placed") return;
    onPlaced(items);
    const { answer, isKept, isAsShown } = sent;
    if (!isKept || !isAsShown) {
      // The customer sees the new price, or the link to keep, before paying.
      location.replace(pageOf(answer.value, isKept));
      return;
    }
    setStage("waiting");
    const link = await payLink(answer).catch(() => undefined);
    setStage("opening");
    leaveFor(pageOf(answer.value, isKept), link);
  };
  const stop = () => {
    const run = current.current;
    run.stopped = true;
    if (run.key) stopAttempt(run.key);
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

/** Return the address of the order page, with what opens the order if the browser does not keep it. */
const pageOf = ({ order_id, ...access }: { order_id: string } & Access, isKept: boolean) =>
  isKept ? orderAddress(order_id) : sharedAddress(location.origin, order_id, access);

/** Go to the payment page, or the order page. Going back leads to the order page, not the shop. */
function leaveFor(page: string, link: string | undefined): void {
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
