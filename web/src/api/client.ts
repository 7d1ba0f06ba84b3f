import { aheadMs } from "./clock.ts";
import { OFFLINE, type Problem, readProblem, readRetryAfter } from "./problem.ts";
import type { Access, Menu, Order, OrderedItem, PlacedOrder } from "./types.ts";

export type Failed = { ok: false; problem: Problem };
/** `aheadMs`: how far the server's clock is ahead of this one. */
export type Answered<T> = {
  ok: true;
  value: T;
  retryAfter: number | undefined;
  aheadMs?: number | undefined;
};
export type Result<T> = Answered<T> | Failed;

/** A look at an order. `order` is undefined if it has not changed since `etag`. */
export type Look = { order: Order | undefined; etag: string | undefined };

const TIMEOUT_MS = 35_000; // API Gateway answers after 29 s at most

/** Read the menu. `fresh` asks the server even if the browser has a copy that may still be used. */
export const readMenu = (fresh = false): Promise<Result<Menu>> =>
  request("/api/menu", { cache: fresh ? "no-cache" : "default" }, json<Menu>);

/** Place an order. Repeating it with the same key and secret returns the same order. */
export function placeOrder(
  customerId: string,
  attempt: { key: string; secret: string; items: OrderedItem[] },
): Promise<Result<PlacedOrder>> {
  const headers = {
    "Content-Type": "application/json",
    "Idempotency-Key": attempt.key,
    "Idempotency-Secret": attempt.secret,
  };
  const body = JSON.stringify({ items: attempt.items });
  return request(orders(customerId), { method: "POST", headers, body }, json<PlacedOrder>);
}

/** Read an order, or learn that it is still the one with this `etag`. */
export function lookAtOrder(orderId: string, access: Access, etag?: string): Promise<Result<Look>> {
  const headers = bearer(access);
  if (etag) headers["If-None-Match"] = etag;
  // With no-store the browser hands a 304 to the page and does not answer from its own cache.
  return request(order(orderId, access), { headers, cache: "no-store" }, async (answer) => ({
    order: answer.status === 304 ? undefined : await json<Order>(answer),
    etag: answer.headers.get("ETag") ?? etag,
  }));
}

/** Cancel an order that is not paid. */
export function cancelOrder(orderId: string, access: Access): Promise<Result<Order>> {
  const path = `${order(orderId, access)}/cancel`;
  return request(path, { method: "POST", headers: bearer(access) }, json<Order>);
}

const orders = (customerId: string) => `/api/customer/${encodeURIComponent(customerId)}/orders`;
const order = (orderId: string, access: Access) =>
  `${orders(access.customer_id)}/${encodeURIComponent(orderId)}`;
const bearer = (access: Access): Record<string, string> => ({
  Authorization: `Bearer ${access.access_token}`,
});
const json = async <T>(answer: Response) => (await answer.json()) as T;

async function request<T>(
  path: string,
  options: RequestInit,
  read: (answer: Response) => Promise<T>,
): Promise<Result<T>> {
  try {
    const answer = await fetch(path, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok && answer.status !== 304) {
      return { ok: false, problem: await readProblem(answer) };
    }
    const { headers } = answer;
    const ahead = aheadMs(headers);
    const value = await read(answer);
    return { ok: true, value, retryAfter: readRetryAfter(headers), aheadMs: ahead };
  } catch {
    return { ok: false, problem: OFFLINE };
  }
}
