import { isRecord } from "./is-record.ts";
import { randomHex } from "./random.ts";
import { read, write } from "./storage.ts";
import type { Access, Order } from "./types.ts";

/** An order that this browser placed or was given access to. `placed_at` is in RFC 3339. */
export type MyOrder = Access & { placed_at: string };
type MyOrders = Record<string, MyOrder>;

/** How an order was when this browser last looked at it. */
export type Seen = { status: string; number?: number };

const CUSTOMER = "gorder.customer";
const ORDERS = "gorder.orders";
const SEEN = "gorder.seen";
const KEPT_MS = 30 * 24 * 3_600_000; // an access token is valid for 30 days

/** Return this browser's customer id. It is made at the first order. */
export function customerId(): string {
  const isId = (value: unknown): value is string =>
    typeof value === "string" && /^web-[0-9a-f]{32}$/.test(value);
  const known = read(CUSTOMER, isId);
  if (known) return known;
  const made = `web-${randomHex(16)}`;
  write(CUSTOMER, made);
  return made;
}

/** Return the orders of this browser, the newest first. Those without a valid token are left out. */
export function myOrders(now = Date.now()): [string, MyOrder][] {
  return Object.entries(stored())
    .filter(([, order]) => now - Date.parse(order.placed_at) < KEPT_MS)
    .sort(([, a], [, b]) => Date.parse(b.placed_at) - Date.parse(a.placed_at));
}

export const accessTo = (orderId: string): Access | undefined => stored()[orderId];

/** Keep what opens an order. Return whether the next visit finds it. */
export function keepOrder(orderId: string, access: Access, now = Date.now()): boolean {
  const kept = Object.fromEntries(myOrders(now));
  const placed_at = kept[orderId]?.placed_at ?? new Date(now).toISOString();
  const { customer_id, access_token } = access;
  return write(ORDERS, { ...kept, [orderId]: { customer_id, access_token, placed_at } });
}

export const lastSeen = (): Record<string, Seen> => read(SEEN, isSeenRecord) ?? {};

/** Keep the order's status and number, so that the shop can show them without a request. */
export function keepSeen(order: Order): void {
  const known = stored();
  const kept = Object.entries(lastSeen()).filter(([id]) => id in known);
  const seen: Seen = { status: order.status };
  if (order.number !== undefined) seen.number = order.number;
  write(SEEN, { ...Object.fromEntries(kept), [order.order_id]: seen });
}

function stored(): MyOrders {
  const entries = Object.entries(read(ORDERS, isRecord) ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, MyOrder] => isMine(entry[1])),
  );
}

const isMine = (value: unknown): value is MyOrder =>
  isRecord(value) &&
  typeof value.customer_id === "string" &&
  typeof value.access_token === "string" &&
  typeof value.placed_at === "string" &&
  !Number.isNaN(Date.parse(value.placed_at));

const isSeenRecord = (value: unknown): value is Record<string, Seen> =>
  isRecord(value) &&
  Object.values(value).every((seen) => isRecord(seen) && typeof seen.status === "string");
