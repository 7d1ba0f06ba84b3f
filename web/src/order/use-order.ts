import { useEffect, useRef, useState } from "preact/hooks";
import { lookAtOrder } from "../api/client.ts";
import { keepSeen } from "../api/my-orders.ts";
import type { Problem } from "../api/problem.ts";
import { problemKind } from "../api/problem-kind.ts";
import { backOff } from "../api/retry.ts";
import type { Access, Order } from "../api/types.ts";
import { type Watch, watch } from "../api/watch.ts";
import { isFinal } from "../ui/states.tsx";
import { nextLook } from "./looks.ts";

/** An order as last read, at `readAt`. `problem` is that of the newest look. */
export type OrderState = { order?: Order; readAt: number; problem?: Problem };

/** Return the order, kept up to date while the page is seen, and a function that looks now.
 *
 * `payingSince`: when Stripe's page sent the customer back, or undefined.
 */
export function useOrder(orderId: string, access: Access, payingSince: number | undefined) {
  const [state, setState] = useState<OrderState>({ readAt: 0 });
  const watching = useRef<Watch>(null);
  const { customer_id, access_token } = access;
  useEffect(() => {
    let failures = 0;
    let etag: string | undefined;
    let order: Order | undefined;
    const look = async () => {
      const result = await lookAtOrder(orderId, { customer_id, access_token }, etag);
      if (!result.ok) {
        const { problem } = result;
        failures += 1;
        if (failures > 1 || !order) setState((before) => ({ ...before, problem }));
        return problemKind(problem) === "notFound" ? null : backOff(failures, problem);
      }
      failures = 0;
      etag = result.value.etag;
      order = result.value.order ?? order;
      if (!order) return 0;
      keepSeen(order);
      setState({ order, readAt: Date.now() });
      return nextLook({
        isFinal: isFinal(order.status),
        retryAfter: result.retryAfter,
        sincePaying: payingSince && Date.now() - payingSince,
      });
    };
    watching.current = watch(look);
    return () => watching.current?.stop();
  }, [orderId, customer_id, access_token, payingSince]);
  return { state, lookNow: () => watching.current?.lookNow() };
}
