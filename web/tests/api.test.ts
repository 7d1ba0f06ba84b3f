import { readFileSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { accessTo, keepOrder, keepSeen, lastSeen, myOrders } from "../src/api/my-orders.ts";
import { payAddress } from "../src/api/pay-address.ts";
import { isRetryable, readProblem } from "../src/api/problem.ts";
import { problemKind } from "../src/api/problem-kind.ts";
import { isCurrent } from "../src/shop/current-orders.ts";
import { isKnown } from "../src/ui/states.tsx";

const openapi = readFileSync("../docs/openapi.yaml", "utf8");

/** Read an enumeration of the document, such as ProblemCode. */
const enumeration = (name: string) =>
  [
    ...(new RegExp(`\\n    ${name}:\\n[^]*?enum:\\n((?:      - .*\\n)+)`).exec(openapi)?.[1] ?? "")
      .trim()
      .matchAll(/- (\S+)/g),
  ].map((found) => found[1] ?? "");

/** Read the codes of a status of placing, reading and cancelling an order. */
const codesOf = (status: string) =>
  [
    ...openapi.matchAll(
      new RegExp(`'${status}':\\n          description: (.*(?:\\n            .*)*)`, "g"),
    ),
  ]
    .flatMap((found) => [...(found[1] ?? "").matchAll(/`([a-z_]+)`/g)])
    .map((found) => found[1] ?? "");

test("a browser goes to https, and to http on this machine only", () => {
  for (const safe of [
    "https://checkout.stripe.com/c/pay/x",
    "http://127.0.0.1:8443/pay",
    "http://localhost/pay",
  ]) {
    expect(payAddress(safe)).toBe(safe);
  }
  for (const unsafe of [
    undefined,
    "",
    "pay",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://checkout.stripe.com/x",
    "http://127.0.0.1.evil.example/",
    "ftp://localhost/",
  ]) {
    expect(payAddress(unsafe)).toBeUndefined();
  }
});

test("a payment page is found in a browser without URL.canParse", () => {
  vi.stubGlobal("URL", class extends URL {});
  Object.defineProperty(URL, "canParse", { value: undefined });
  expect(payAddress("https://checkout.stripe.com/x")).toBe("https://checkout.stripe.com/x");
  vi.unstubAllGlobals();
});

test("a problem is read from any answer", async () => {
  const read = (body: string, init: ResponseInit) => readProblem(new Response(body, init));
  expect(
    await read('{"code":"insufficient_stock","trace_id":"1-a","items":[{"product_id":"p"},3]}', {
      status: 409,
      headers: { "Retry-After": "3" },
    }),
  ).toEqual({
    code: "insufficient_stock",
    status: 409,
    traceId: "1-a",
    retryAfter: 3,
    items: [{ product_id: "p" }],
  });
  for (const body of ["<html>", "", "[]", "null", '{"code":5}']) {
    expect(await read(body, { status: 502, headers: { "Retry-After": "soon" } })).toEqual({
      code: "unreadable",
      status: 502,
      items: [],
    });
  }
});

test("only failures of the moment are repeated", () => {
  const retryable = (status: number) => isRetryable({ code: "x", status, items: [] });
  expect([0, 429, 500, 503, 504].every(retryable)).toBe(true);
  expect([400, 401, 404, 409, 413, 415, 422].some(retryable)).toBe(false);
});

test("every code of a refusal has words of its own", () => {
  const codes = ["400", "401", "404", "409", "413", "415", "422"].flatMap(codesOf);
  expect(codes).toContain("insufficient_stock");
  expect(codes).toContain("payment_under_way");
  const without = codes
    .filter((code) => code !== "invalid_webhook")
    .filter((code) => problemKind({ code, status: 400, items: [] }) === "general");
  expect(without).toEqual([]);
});

test("other codes have the words of their status", () => {
  const kind = (code: string, status: number) => problemKind({ code, status, items: [] });
  expect(kind("stock_unavailable", 503)).toBe("unavailable");
  expect(kind("reservation_lost", 500)).toBe("defect");
  expect(kind("something_new", 409)).toBe("general");
  expect(kind("something_new", 429)).toBe("busy");
  expect(kind("constructor", 409)).toBe("general");
});

test("every status of the API has a name, a colour and an icon", () => {
  const statuses = enumeration("OrderStatus");
  expect(statuses).toContain("waiting_for_payment");
  expect(statuses.filter((status) => !isKnown(status))).toEqual([]);
});

const NOW = Date.parse("2026-11-29T12:00:00Z");
const DAY = 24 * 3_600_000;
const access = { customer_id: "web-1", access_token: "t" };

test("orders are kept as long as their token is valid, the newest first", () => {
  keepOrder("old", access, NOW - 40 * DAY);
  keepOrder("first", access, NOW - DAY);
  keepOrder("second", access, NOW);
  expect(myOrders(NOW).map(([id]) => id)).toEqual(["second", "first"]);
  expect(accessTo("first")).toMatchObject(access);
  keepOrder("first", { ...access, access_token: "new" }, NOW);
  expect(myOrders(NOW).map(([id]) => id)).toEqual(["second", "first"]);
  expect(accessTo("first")?.access_token).toBe("new");
});

test("what was seen of an order is kept with it", () => {
  keepOrder("seen", access, NOW);
  const order = { order_id: "seen", status: "paid", number: 417 };
  keepSeen(order as Parameters<typeof keepSeen>[0]);
  expect(lastSeen().seen).toEqual({ status: "paid", number: 417 });
});

test("a customer who returns sees what is under way or ready", () => {
  const placed = { ...access, placed_at: new Date(NOW).toISOString() };
  const current = (hours: number, status?: string) =>
    isCurrent(placed, status ? { status } : undefined, NOW + hours * 3_600_000);
  expect(current(1)).toBe(true);
  expect(current(1, "cooking")).toBe(true);
  expect(current(1, "cooked")).toBe(true);
  expect(current(1, "a_new_status")).toBe(true);
  expect(current(4, "cooked")).toBe(false);
  expect(current(25, "paid")).toBe(false);
  expect(current(1, "expired")).toBe(false);
  expect(current(1, "collected")).toBe(false);
});
