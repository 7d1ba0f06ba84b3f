import type { MenuItem } from "../api/types.ts";

export type Category = { name: string; items: MenuItem[] };

/** Group the menu by category, in the order of each category's first item. No category is "". */
export function categories(items: readonly MenuItem[]): Category[] {
  const found = new Map<string, MenuItem[]>();
  for (const item of items) {
    const name = item.category ?? "";
    found.set(name, [...(found.get(name) ?? []), item]);
  }
  return [...found].map(([name, grouped]) => ({ name, items: grouped }));
}
