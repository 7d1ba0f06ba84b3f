import { expect, test } from "vitest";
import type { MenuItem } from "../src/api/types.ts";
import { categories } from "../src/shop/categories.ts";

const item = (id: string, category?: string): MenuItem => ({
  id,
  name: id,
  unit_amount: 100,
  currency: "eur",
  available: 1,
  ...(category ? { category } : {}),
});

test("categories have the order of their first items, and items without one come last", () => {
  const menu = [
    item("salt"),
    item("ramen", "Mains"),
    item("tea", "Drinks"),
    item("pizza", "Mains"),
  ];

  const found = categories(menu).map(({ name, items }) => [name, items.map(({ id }) => id)]);

  expect(found).toEqual([
    ["Mains", ["ramen", "pizza"]],
    ["Drinks", ["tea"]],
    ["", ["salt"]],
  ]);
});
