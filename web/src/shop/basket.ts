import { isRecord } from "../api/is-record.ts";
import { read, write } from "../api/storage.ts";
import type { MenuItem, OrderedItem } from "../api/types.ts";

type Product = { id: string; name: string };

/** A line of the basket. A product has several lines if they have different notes. `name` is what
 * the product was called when it was added. */
export type Line = { key: number; id: string; name: string; quantity: number; note: string };
export type Basket = readonly Line[];

export const NOTE_LENGTH = 140;
// What `gorder/contracts/notes.py` takes for visible.
const VISIBLE =
  /[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{1d159}]/u;
const MOST_UNITS = 1000;
const STORED = "gorder.basket";

export const quantityOf = (basket: Basket, id: string): number =>
  sum(basket.filter((line) => line.id === id).map((line) => line.quantity));

export const count = (basket: Basket): number => sum(basket.map((line) => line.quantity));

/** Add one unit to the product's last line, or a line. */
export function addOne(basket: Basket, product: Product): Basket {
  const last = basket.findLast((line) => line.id === product.id);
  return last ? setQuantity(basket, last.key, last.quantity + 1) : addLine(basket, product);
}

/** Take one unit from the product's last line. */
export function takeOne(basket: Basket, id: string): Basket {
  const last = basket.findLast((line) => line.id === id);
  return last ? setQuantity(basket, last.key, last.quantity - 1) : basket;
}

/** Add a line of one unit, after the product's other lines. */
export function addLine(basket: Basket, { id, name }: Product): Basket {
  const key = Math.max(0, ...basket.map((line) => line.key)) + 1;
  const line = { key, id, name, quantity: 1, note: "" };
  const after = basket.findLastIndex((other) => other.id === id);
  return after < 0 ? [...basket, line] : basket.toSpliced(after + 1, 0, line);
}

/** Set a line's quantity. None removes the line. */
export function setQuantity(basket: Basket, key: number, quantity: number): Basket {
  if (quantity < 1) return basket.filter((line) => line.key !== key);
  return change(basket, key, { quantity: Math.min(quantity, MOST_UNITS) });
}

export const setNote = (basket: Basket, key: number, note: string): Basket =>
  change(basket, key, { note: firstCharacters(note) });

/** Leave at most `units` of a product, and take them from its last lines first. */
export function limit(basket: Basket, id: string, units: number): Basket {
  let room = units;
  return basket.flatMap((line) => {
    if (line.id !== id) return [line];
    const quantity = Math.min(line.quantity, room);
    room -= quantity;
    return quantity > 0 ? [{ ...line, quantity }] : [];
  });
}

/** Return the lines of an order. */
export const orderedItems = (basket: Basket): OrderedItem[] => basket.map(orderedItem);

/** Take what was ordered out of the basket. What was added or changed meanwhile stays. */
export function withoutOrdered(basket: Basket, items: readonly OrderedItem[]): Basket {
  const ordered = items.map((item) => ({ ...item }));
  return basket.flatMap((line) => {
    const { id, note } = orderedItem(line);
    let quantity = line.quantity;
    for (const item of ordered.filter((other) => other.id === id && other.note === note)) {
      const taken = Math.min(quantity, item.quantity);
      item.quantity -= taken;
      quantity -= taken;
    }
    return quantity > 0 ? [{ ...line, quantity }] : [];
  });
}

export type Total = { currency: string; amount: number };

/** Add up the prices, by currency. Products that are not on the menu do not count. */
export function totals(basket: Basket, items: readonly MenuItem[]): Total[] {
  const found = new Map<string, number>();
  for (const line of basket) {
    const item = items.find(({ id }) => id === line.id);
    if (!item) continue;
    const before = found.get(item.currency) ?? 0;
    found.set(item.currency, before + item.unit_amount * line.quantity);
  }
  return [...found].map(([currency, amount]) => ({ currency, amount }));
}

export const storedBasket = (): Basket => read(STORED, isBasket) ?? [];
export const storeBasket = (basket: Basket): boolean => write(STORED, basket);

const change = (basket: Basket, key: number, changed: Partial<Line>): Basket =>
  basket.map((line) => (line.key === key ? { ...line, ...changed } : line));

function orderedItem({ id, quantity, note }: Line): OrderedItem {
  const text = oneLine(note);
  return text ? { id, quantity, note: text } : { id, quantity };
}

/** Return a note as the API takes it: one line, in NFC, without what changes the direction of text. */
function oneLine(note: string): string {
  const line = note
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/[\p{Cs}\p{Bidi_Control}]/gu, "");
  const sent = firstCharacters(line.trim()).trim();
  return VISIBLE.test(sent) ? sent : "";
}

const firstCharacters = (text: string) => [...text].slice(0, NOTE_LENGTH).join("");

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

const isBasket = (value: unknown): value is Basket => Array.isArray(value) && value.every(isLine);

const isLine = (value: unknown): value is Line =>
  isRecord(value) &&
  Number.isSafeInteger(value.key) &&
  typeof value.id === "string" &&
  typeof value.name === "string" &&
  Number.isSafeInteger(value.quantity) &&
  Number(value.quantity) >= 1 &&
  typeof value.note === "string";
