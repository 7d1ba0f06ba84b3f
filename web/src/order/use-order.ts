import { useEffect, useRef, useState } from "preact/hooks";
import { lookAtOrder } from "../api/client.ts";
import { steadyAhead } from "../api/clock.ts";
import { keepSeen } from "../api/my-orders.ts";
import type { Problem } from "../api/problem.ts";
import { problemKind } from "../api/problem-kind.ts";
import { backOff } from "../api/retry.ts";
import type { Access, Order } from "../api/types.ts";
import { type Watch, watch } from "../api/watch.ts";
import { isFinal } from "../ui/states.tsx";
import { lookWith } from "./access.ts";
import { nextLook } from "./looks.ts";

/** An order as last read, at `readAt`, and what opened it. `problem` is that of the newest look.
 * `aheadMs`: how far the server's clock is ahead of this one. */
export type OrderState = {
  shown?: { order: Order; access: Access };
  readAt: number;
  aheadMs: number;
  problem?: Problem;
};

type Options = {
  /** What may open the order, to be tried in turn. */
  accesses: readonly [Access, ...Access[]];
  /** When Stripe's page sent the customer back, or undefined. */
  payingSince: number | undefined;
  /** Called once, with what opened the order. */
  onOpened: (access: Access) => void;
};

/** Return the order, kept up to date while the page is seen, and a function that looks now. */
export function useOrder(orderId: string, { accesses, payingSince, onOpened }: Options) {
  const [state, setState] = useState<OrderState>({ readAt: 0, aheadMs: 0 });
  const watching = useRef<Watch>(null);
  useEffect(() => {
    let failures = 0;
    let etag: string | undefined;
    let order: Order | undefined;
    let candidates = accesses;
    const look = async () => {
      const { access, result } = await lookWith(candidates, (one) =>
        lookAtOrder(orderId, one, etag),
      );
      if (!result.ok) {
        const { problem } = result;
        const isNotFound = problemKind(problem) === "notFound";
        failures += 1;
        if (failures > 1 || !order || isNotFound) setState((before) => ({ ...before, problem }));
        return isNotFound ? null : backOff(failures, problem);
      }
      failures = 0;
      etag = result.value.etag;
      const isFirst = order === undefined;
      const newest = result.value.order ?? order;
      if (!newest) return 0;
      order = newest;
      candidates = [access];
      if (isFirst) onOpened(access);
      keepSeen(newest);
      const { aheadMs } = result;
      setState((before) => ({
        shown: { order: newest, access },
        readAt: Date.now(),
        aheadMs: steadyAhead(before.aheadMs, aheadMs),
      }));
      return nextLook({
        isFinal: isFinal(newest.status),
        retryAfter: result.retryAfter,
        sincePaying: payingSince && Date.now() - payingSince,
      });
    };
    watching.current = watch(look);
    return () => watching.current?.stop();
  }, [orderId, accesses, payingSince]);
  return { state, lookNow: () => watching.current?.lookNow() };
}
