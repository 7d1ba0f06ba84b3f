import type { Problem } from "../api/problem.ts";
import { isPaused, problemKind } from "../api/problem-kind.ts";
import type { Menu, ProblemItem } from "../api/types.ts";
import { type Basket, limit, quantityOf } from "./basket.ts";

/** Why a product cannot be ordered as it is in the basket, and how many units can be. */
export type Trouble = {
  id: string;
  kind: "onlyLeft" | "shareLimit" | "soldOut" | "notSold" | "paused";
  left: number;
};

const REFUSALS = ["insufficient_stock", "share_exceeded", "unknown_product", "inactive_product"];

/** Return whether a problem is about lines of the basket, which `troubles` then shows. */
export const isAboutLines = (problem: Problem): boolean =>
  REFUSALS.includes(problem.code) &&
  problem.items.length > 0 &&
  problemKind(problem) !== "shopPaused";

/** Compare the basket with the menu and with what the API said of it, which is the later news.
 *
 * While the whole shop is paused no line has a trouble: the basket is good once it opens again.
 */
export function troubles(basket: Basket, menu: Menu | undefined, refusal?: Problem): Trouble[] {
  if (menu?.paused || (refusal && problemKind(refusal) === "shopPaused")) return [];
  const ids = [...new Set(basket.map((line) => line.id))];
  return ids.flatMap((id) => {
    const wanted = quantityOf(basket, id);
    const refused = refusal?.items.find((item) => item.product_id === id);
    const trouble = (refused && ofRefusal(refused, refusal, menu)) ?? ofMenu(id, menu);
    return trouble && trouble.left < wanted ? [trouble] : [];
  });
}

/** Leave in the basket what can be ordered. */
export const correct = (basket: Basket, found: readonly Trouble[]): Basket =>
  found.reduce((rest, { id, left }) => limit(rest, id, left), basket);

function ofRefusal(
  item: ProblemItem,
  refusal: Problem | undefined,
  menu: Menu | undefined,
): Trouble {
  const id = item.product_id;
  const known = menu?.items.find((other) => other.id === id);
  const left = Math.max(0, item.available ?? 0);
  if (refusal?.code === "share_exceeded") return { id, kind: "shareLimit", left };
  if (refusal?.code === "insufficient_stock") return ofStock(id, left);
  const paused = refusal?.code === "inactive_product" && (isPaused(item) || known?.paused);
  return { id, kind: paused ? "paused" : "notSold", left: 0 };
}

function ofMenu(id: string, menu: Menu | undefined): Trouble | undefined {
  if (!menu) return undefined;
  const item = menu.items.find((known) => known.id === id);
  if (!item) return { id, kind: "notSold", left: 0 };
  return item.paused ? { id, kind: "paused", left: 0 } : ofStock(id, item.available);
}

const ofStock = (id: string, left: number): Trouble => ({
  id,
  kind: left > 0 ? "onlyLeft" : "soldOut",
  left,
});
