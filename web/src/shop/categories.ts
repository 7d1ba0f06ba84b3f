import type { MenuItem } from "../api/types.ts";

export type Category = { name: string; items: MenuItem[] };

/** Group the menu by category, in the order of each category's first item.
 *
 * Items without a category come last. Their category's name is "".
 */
export function categories(items: readonly MenuItem[]): Category[] {
  const found = new Map<string, MenuItem[]>();
  const others: MenuItem[] = [];
  for (const item of items) {
    if (item.category) found.set(item.category, [...(found.get(item.category) ?? []), item]);
    else others.push(item);
  }
  if (others.length > 0) found.set("", others);
  return [...found].map(([name, grouped]) => ({ name, items: grouped }));
}
