import { expect, test } from "vitest";
import type { MenuItem } from "../src/api/types.ts";
import {
  addLine,
  addOne,
  type Basket,
  count,
  limit,
  orderedItems,
  quantityOf,
  setNote,
  setQuantity,
  storeBasket,
  storedBasket,
  takeOne,
  totals,
  withoutOrdered,
} from "../src/shop/basket.ts";

const product = (id: string) => ({ id, name: `${id} today` });
const [ramen, soup, gone] = [product("ramen"), product("soup"), product("gone")];
const empty: Basket = [];
const twoRamen = addOne(addOne(empty, ramen), ramen);

const item = (id: string, unit_amount: number, currency = "eur"): MenuItem => ({
  id,
  name: id,
  unit_amount,
  currency,
  available: 9,
});

test("units of a product are on one line until one has its own", () => {
  expect(twoRamen).toHaveLength(1);
  const own = addLine(twoRamen, ramen);
  expect(own.map((line) => line.quantity)).toEqual([2, 1]);
  expect(quantityOf(own, "ramen")).toBe(3);
  expect(new Set(own.map((line) => line.key)).size).toBe(2);
});

test("a line of its own stands beside the product's other lines", () => {
  const basket = addLine(addOne(twoRamen, soup), ramen);
  expect(basket.map((line) => line.id)).toEqual(["ramen", "ramen", "soup"]);
});

test("taking the last unit removes the line", () => {
  expect(takeOne(takeOne(twoRamen, "ramen"), "ramen")).toEqual([]);
  expect(takeOne(empty, "ramen")).toEqual([]);
  expect(setQuantity(twoRamen, twoRamen[0]?.key ?? 0, -1)).toEqual([]);
});

test("a limit takes from the last lines first", () => {
  const basket = addLine(twoRamen, ramen);
  expect(limit(basket, "ramen", 2).map((line) => line.quantity)).toEqual([2]);
  expect(limit(basket, "ramen", 1).map((line) => line.quantity)).toEqual([1]);
  expect(limit(basket, "ramen", 0)).toEqual([]);
  expect(count(limit(basket, "soup", 0))).toBe(3);
});

test("a note is sent as one line of at most 140 characters, or not at all", () => {
  const sent = (note: string) => orderedItems(setNote(twoRamen, 1, note))[0]?.note;
  expect(sent("  no onions ")).toBe("no onions");
  expect(sent("no\nonions\tat\u2028all\u0000")).toBe("no onions at all");
  expect(sent("   \n ")).toBeUndefined();
  for (const blank of ["\u200b", "\ufe0f", "\u3164", "\u2800", "\u{e0067}", "\u0301", "\ue000"]) {
    expect(sent(`${blank} ${blank}`)).toBeUndefined();
    expect(sent(`${blank}no egg`)).toBe(`${blank}no egg`);
  }
  expect(sent("👨‍🍳")).toBe("👨‍🍳");
  expect(sent("\u202eno\u2066 egg\ud800")).toBe("no egg");
  expect(sent("e\u0301")).toBe("\u00e9");
  expect(sent(`${"x".repeat(139)} y`)).toBe("x".repeat(139));
  expect([...(sent("🌶".repeat(200)) ?? "")]).toHaveLength(140);
});

test("what was ordered leaves the basket, and what was added or changed meanwhile stays", () => {
  const ordered = orderedItems(setNote(addLine(twoRamen, ramen), 2, " no egg "));
  expect(withoutOrdered(setNote(addLine(twoRamen, ramen), 2, "no egg"), ordered)).toEqual([]);
  const more = addOne(addOne(setNote(addLine(twoRamen, ramen), 2, "no egg"), ramen), soup);
  expect(orderedItems(withoutOrdered(more, ordered))).toEqual([
    { id: "ramen", quantity: 1, note: "no egg" },
    { id: "soup", quantity: 1 },
  ]);
  const changed = setNote(twoRamen, 1, "hot");
  expect(withoutOrdered(changed, ordered)).toEqual(changed);
  expect(withoutOrdered(empty, ordered)).toEqual([]);
});

test("the total adds up what is on the menu, by currency", () => {
  const basket = addOne(addOne(twoRamen, soup), gone);
  expect(totals(basket, [item("ramen", 1390), item("soup", 700)])).toEqual([
    { currency: "eur", amount: 3480 },
  ]);
  expect(totals(basket, [item("ramen", 1390), item("soup", 700, "jpy")])).toHaveLength(2);
  expect(totals(empty, [])).toEqual([]);
});

test("what is stored is the basket, and anything else is none", () => {
  storeBasket(twoRamen);
  expect(storedBasket()).toEqual(twoRamen);
  for (const wrong of [null, "x", { a: 1 }, [{ id: "ramen", quantity: "2" }], [null]]) {
    storeBasket(wrong as unknown as Basket);
    expect(storedBasket()).toEqual([]);
  }
});
