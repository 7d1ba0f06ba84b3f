import { isRecord } from "../api/is-record.ts";
import { randomHex } from "../api/random.ts";
import { read, remove, write } from "../api/storage.ts";
import type { OrderedItem } from "../api/types.ts";

/** An order that was sent, or is about to be, and not answered yet. Repeating it is safe. */
export type Attempt = { key: string; secret: string; items: OrderedItem[]; made_at: number };

const STORED = "gorder.attempt";
const REPEATED_MS = 20 * 60_000; // later, an order that was placed may have expired unpaid
const RESUMED_MS = 2 * 60_000;

/** Return the attempt to send for these items: the kept one if it is for the same, or a new one. */
export function attemptFor(items: OrderedItem[], kept?: Attempt, now = Date.now()): Attempt {
  const isSame = kept && JSON.stringify(kept.items) === JSON.stringify(items);
  if (isSame && age(kept, now) < REPEATED_MS) return kept;
  return { key: randomHex(16), secret: randomHex(32), items, made_at: now };
}

/** Return whether a page that was reloaded goes on with the attempt by itself. */
export const isResumed = (attempt: Attempt | undefined, items: OrderedItem[], now = Date.now()) =>
  attempt !== undefined &&
  age(attempt, now) < RESUMED_MS &&
  JSON.stringify(attempt.items) === JSON.stringify(items);

export const keptAttempt = (): Attempt | undefined => read(STORED, isAttempt);
export const keepAttempt = (attempt: Attempt): boolean => write(STORED, attempt);
export const dropAttempt = (): void => remove(STORED);

const age = (attempt: Attempt, now: number) => Math.abs(now - attempt.made_at);

const isAttempt = (value: unknown): value is Attempt =>
  isRecord(value) &&
  typeof value.key === "string" &&
  typeof value.secret === "string" &&
  typeof value.made_at === "number" &&
  Array.isArray(value.items);
