import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Problem } from "../src/api/problem.ts";
import { problemKind } from "../src/api/problem-kind.ts";
import type { Menu } from "../src/api/types.ts";
import { addLine, addOne, type Basket, quantityOf } from "../src/shop/basket.ts";
import { correct, isAboutLines, troubles } from "../src/shop/trouble.ts";

const ramen = { id: "ramen", name: "Ramen" };
const soup = { id: "soup", name: "Soup" };
const basket: Basket = addOne(addLine(addOne(addOne([], ramen), ramen), ramen), soup);
const dish = (id: string, available: number, more = {}) => ({
  id,
  name: id,
  unit_amount: 100,
  currency: "eur",
  available,
  ...more,
});
const menu = (...items: Menu["items"]): Menu => ({ paused: false, items });
const plenty = menu(dish("ramen", 50), dish("soup", 50));
const refusal = (code: string, available: number | null, reason?: string): Problem => ({
  code,
  status: 409,
  items: [{ product_id: "ramen", requested: 3, available, ...(reason && { reason }) }],
});

test("a basket that can be ordered has no trouble", () => {
  expect(troubles(basket, plenty)).toEqual([]);
  expect(troubles(basket, undefined)).toEqual([]);
});

test("the menu says what is left, paused or gone", () => {
  const found = (now: Menu) => troubles(basket, now)[0];
  expect(found(menu(dish("ramen", 2), dish("soup", 9)))).toEqual({
    id: "ramen",
    kind: "onlyLeft",
    left: 2,
  });
  expect(found(menu(dish("ramen", 0), dish("soup", 9)))?.kind).toBe("soldOut");
  expect(found(menu(dish("ramen", 0, { paused: true }), dish("soup", 9)))?.kind).toBe("paused");
  expect(found(menu(dish("soup", 9)))?.kind).toBe("notSold");
});

test("a refusal is newer than the menu", () => {
  const kinds = (code: string, left: number | null) =>
    troubles(basket, plenty, refusal(code, left)).map((trouble) => [trouble.kind, trouble.left]);
  expect(kinds("insufficient_stock", 1)).toEqual([["onlyLeft", 1]]);
  expect(kinds("insufficient_stock", 0)).toEqual([["soldOut", 0]]);
  expect(kinds("share_exceeded", 2)).toEqual([["shareLimit", 2]]);
  expect(kinds("unknown_product", null)).toEqual([["notSold", 0]]);
  expect(kinds("inactive_product", null)).toEqual([["notSold", 0]]);
});

test("a product that is paused is not called unsold", () => {
  const [trouble] = troubles(basket, plenty, refusal("inactive_product", null, "it is paused"));
  expect(trouble).toEqual({ id: "ramen", kind: "paused", left: 0 });
  const paused = menu(dish("ramen", 0, { paused: true }), dish("soup", 50));
  expect(troubles(basket, paused, refusal("inactive_product", null))[0]?.kind).toBe("paused");
  expect(troubles(basket, paused, refusal("unknown_product", null))[0]?.kind).toBe("notSold");
});

test("a paused shop leaves the basket as it is", () => {
  const closed = { ...menu(dish("ramen", 0, { paused: true })), paused: true };
  expect(troubles(basket, closed)).toEqual([]);
  const refused = refusal("inactive_product", null, "the shop is paused");
  expect(troubles(basket, plenty, refused)).toEqual([]);
  expect(isAboutLines(refused)).toBe(false);
  expect(problemKind(refused)).toBe("shopPaused");
});

test("the reasons are those of the API", () => {
  const source = readFileSync("../layers/common/gorder/stock/pauses.py", "utf8");
  expect(source).toContain('PRODUCT_PAUSED: Final = "it is paused"');
  expect(source).toContain('SHOP_PAUSED: Final = "the shop is paused"');
});

test("a corrected basket has no trouble", () => {
  const now = menu(dish("ramen", 1), dish("soup", 0));
  const corrected = correct(basket, troubles(basket, now));
  expect(quantityOf(corrected, "ramen")).toBe(1);
  expect(troubles(corrected, now)).toEqual([]);
});

test("only refusals that name products are shown at lines", () => {
  expect(isAboutLines(refusal("insufficient_stock", 1))).toBe(true);
  expect(isAboutLines({ ...refusal("too_many_unpaid_orders", 1), items: [] })).toBe(false);
  expect(isAboutLines(refusal("mixed_currencies", null))).toBe(false);
});
