import { expect, test } from "vitest";
import type { Result } from "../src/api/client.ts";
import { aheadMs, steadyAhead } from "../src/api/clock.ts";
import type { Access, Order, Refund } from "../src/api/types.ts";
import { accesses, lookWith } from "../src/order/access.ts";
import { accessOf, isBackFromPaying, orderIdOf, sharedAddress } from "../src/order/address.ts";
import { canCancel, confirming } from "../src/order/confirming.ts";
import { nextLook } from "../src/order/looks.ts";
import { payState } from "../src/order/pay-state.ts";
import { refundedAmount, refundStage } from "../src/order/refunds.ts";
import { timeline } from "../src/order/timeline.ts";

const access = { customer_id: "web-1", access_token: "v1.read+cancel.17=/&#?.x" };

test("a shared address gives what opens the order, and only behind #", () => {
  const address = new URL(sharedAddress("https://shop.example", "4f0c", access));
  expect(address.pathname).toBe("/order/4f0c");
  expect(address.search).toBe("");
  expect(accessOf(address.hash)).toEqual(access);
});

test("an address without both parts gives nothing", () => {
  for (const hash of [
    "",
    "#",
    "#content",
    "#customer=a",
    "#token=t",
    "#customer=&token=",
    "#customer=a&token=t%C4%81",
    "#customer=a&token=t%0A",
  ]) {
    expect(accessOf(hash)).toBeUndefined();
  }
});

test("the order's id comes from the path", () => {
  expect(orderIdOf("/order/4f0c")).toBe("4f0c");
  expect(orderIdOf("/order/4f0c/")).toBe("4f0c");
  expect(orderIdOf("/order/a%2Fb")).toBe("a/b");
  for (const path of ["/", "/order", "/order/", "/order/a/b", "/order/%"]) {
    expect(orderIdOf(path)).toBeUndefined();
  }
});

test("Stripe's page sends back with ?paid", () => {
  expect(isBackFromPaying("?paid")).toBe(true);
  expect(isBackFromPaying("?a=1&paid")).toBe(true);
  expect(isBackFromPaying("?unpaid")).toBe(false);
});

test("the next look is when the answer says", () => {
  const next = (retryAfter?: number, isFinal = false, sincePaying?: number) =>
    nextLook({ retryAfter, isFinal, sincePaying });
  expect(next(7)).toBe(7000);
  expect(next(0)).toBe(500);
  expect(next(999_999)).toBe(60_000);
  expect(next(undefined)).toBe(5000);
  expect(next(undefined, true)).toBeNull();
  expect(next(5, true)).toBe(5000);
});

test("after paying the next look is within two seconds, for 30 seconds", () => {
  const next = (sincePaying: number) => nextLook({ retryAfter: 15, isFinal: false, sincePaying });
  expect(next(0)).toBe(2000);
  expect(next(29_999)).toBe(2000);
  expect(next(30_000)).toBe(15_000);
});

const order = (status: string, refunds: Refund[] = []): Order => ({
  order_id: "o",
  customer_id: "c",
  status,
  items: [],
  amount_total: 1000,
  currency: "eur",
  history: [],
  refunds,
});

test("a payment is being confirmed until the order is paid", () => {
  expect(confirming(order("waiting_for_payment"), 0, 1000)).toBe("usual");
  expect(confirming(order("waiting_for_payment"), 0, 31_000)).toBe("long");
  expect(confirming(order("waiting_for_payment"), undefined, 1000)).toBeUndefined();
  expect(confirming(order("paid"), 0, 1000)).toBeUndefined();
});

test("an order is not cancelled while its payment is being confirmed", () => {
  const unpaid = order("waiting_for_payment");
  expect(canCancel(unpaid, undefined)).toBe(true);
  expect(canCancel(unpaid, "usual")).toBe(false);
  expect(canCancel(unpaid, "long")).toBe(true);
  expect(canCancel(order("paid"), undefined)).toBe(false);
});

test("the way to pay stays as long as the API gives it, and the time left is the server's", () => {
  const payment_link = "https://checkout.stripe.com/x";
  const pay_until = "2026-11-29T12:00:00Z";
  const until = Date.parse(pay_until);
  const unpaid = { ...order("waiting_for_payment"), payment_link, pay_until };
  expect(payState(unpaid, until - 5000)).toEqual({ kind: "link", link: payment_link, left: 5000 });
  expect(payState(unpaid, until + 5000)).toEqual({ kind: "link", link: payment_link });
  const preparing = { ...order("pending"), pay_until };
  expect(payState(preparing, until - 1)).toEqual({ kind: "preparing", left: 1 });
  expect(payState(preparing, until)).toEqual({ kind: "over" });
  expect(payState(order("pending"), until)).toEqual({ kind: "preparing" });
});

test("the server's clock is read from its answer", () => {
  const answer = (at?: string) => new Headers(at ? [["Date", at]] : []);
  const now = Date.parse("2026-11-29T11:00:00Z");
  expect(aheadMs(answer("Sun, 29 Nov 2026 12:00:00 GMT"), now)).toBe(3_600_000);
  expect(aheadMs(answer(), now)).toBeUndefined();
  expect(aheadMs(answer("soon"), now)).toBeUndefined();
});

test("the time left does not jump with each answer, but follows a clock that is wrong", () => {
  expect(steadyAhead(0, -900)).toBe(0);
  expect(steadyAhead(0, 800)).toBe(800);
  expect(steadyAhead(0, -3_600_000)).toBe(-3_600_000);
  expect(steadyAhead(5000, undefined)).toBe(5000);
});

const wrong = { customer_id: "web-1", access_token: "wrong" };
const failed = (status: number, code: string): Result<string> => ({
  ok: false,
  problem: { code, status, items: [] },
});
const opens = (refusal: Result<string>) => async (one: Access) =>
  one === access ? ({ ok: true, value: "order", retryAfter: 1 } as Result<string>) : refusal;

test("a link that opens nothing leaves the way that the browser kept", async () => {
  const both = accesses(wrong, access) ?? [wrong];
  for (const refusal of [failed(401, "unauthorized"), failed(404, "order_not_found")]) {
    expect(await lookWith(both, opens(refusal))).toMatchObject({ access, result: { ok: true } });
  }
  const offline = failed(503, "unavailable");
  expect(await lookWith(both, opens(offline))).toEqual({ access: wrong, result: offline });
  expect(await lookWith([wrong], opens(offline))).toEqual({ access: wrong, result: offline });
});

test("what the address gives is tried first", () => {
  expect(accesses(wrong, access)).toEqual([wrong, access]);
  expect(accesses(undefined, access)).toEqual([access]);
  expect(accesses(wrong, undefined)).toEqual([wrong]);
  expect(accesses(undefined, undefined)).toBeUndefined();
});

const at = "2026-11-29T12:00:00Z";
const stages = (status: string, ...history: string[]) =>
  timeline(
    status,
    history.map((reached) => ({ status: reached, at })),
  ).map((step) => `${step.status} ${step.stage}`);

test("the timeline has what happened, and what comes if it goes well", () => {
  expect(stages("paid", "pending", "waiting_for_payment", "paid")).toEqual([
    "pending done",
    "waiting_for_payment done",
    "paid now",
    "cooking next",
    "cooked next",
  ]);
});

test("an order that was closed, collected or has an unknown status has nothing to come", () => {
  expect(stages("expired", "pending", "expired")).toEqual(["pending done", "expired now"]);
  expect(stages("collected", "cooked", "collected")).toEqual(["cooked done", "collected now"]);
  expect(stages("on_its_way", "paid", "on_its_way")).toEqual(["paid done", "on_its_way now"]);
});

test("a status without a time in the history is shown without one", () => {
  const last = timeline("cancelled", [{ status: "pending", at }]).at(-1);
  expect(last).toEqual({ status: "cancelled", stage: "now" });
});

const refund = (status: string, amount = 100): Refund => ({ status, amount, reason: "" });

test("what was refunded counts unless it failed", () => {
  const refunds = ["due", "pending", "succeeded", "failed", "canceled", "new"].map((status) =>
    refund(status),
  );
  expect(refunds.map(refundStage)).toEqual([
    "due",
    "pending",
    "succeeded",
    "failed",
    "failed",
    "pending",
  ]);
  expect(refundedAmount(order("paid", refunds))).toBe(400);
});
