import { isRecord } from "../api/is-record.ts";
import { randomHex } from "../api/random.ts";
import { read, remove, write } from "../api/storage.ts";
import type { OrderedItem } from "../api/types.ts";
import type { Total } from "./basket.ts";

/** An order that was sent, or is about to be, and not answered yet. Repeating it is safe.
 *
 * `shown`: the price on the button that ordered. `stopped`: the customer stopped it.
 */
export type Attempt = {
  key: string;
  secret: string;
  items: OrderedItem[];
  made_at: number;
  shown?: Total[];
  stopped?: boolean;
};

const STORED = "gorder.attempt";
const BEGUN = "gorder.begun"; // in sessionStorage, which is of one tab
const REPEATED_MS = 20 * 60_000; // later, an order that was placed may have expired unpaid
const RESUMED_MS = 2 * 60_000;

/** Return the attempt to send for these items: the kept one if it is for the same, or a new one. */
export function attemptFor(items: OrderedItem[], kept?: Attempt, now = Date.now()): Attempt {
  const isSame = kept && JSON.stringify(kept.items) === JSON.stringify(items);
  if (isSame && age(kept, now) < REPEATED_MS) return kept;
  return { key: randomHex(16), secret: randomHex(32), items, made_at: now };
}

/** Keep an attempt that this tab sends because the customer asked for it. */
export function beginAttempt(items: OrderedItem[], shown: Total[]): Attempt {
  const attempt = { ...attemptFor(items, keptAttempt()), shown, stopped: false };
  write(STORED, attempt);
  markBegun(attempt.key);
  return attempt;
}

/** Keep in mind that the customer stopped an attempt. Ordering the same again repeats it. */
export function stopAttempt(key: string): void {
  const kept = keptAttempt();
  if (kept?.key === key) write(STORED, { ...kept, stopped: true });
}

/** Forget an attempt. A newer one stays. */
export function dropAttempt(key: string): void {
  if (keptAttempt()?.key === key) remove(STORED);
}

/** Return whether a page that was reloaded goes on with the attempt by itself. */
export const isResumed = (
  attempt: Attempt | undefined,
  items: OrderedItem[],
  now = Date.now(),
): attempt is Attempt =>
  attempt !== undefined &&
  !attempt.stopped &&
  wasBegunHere(attempt.key) &&
  age(attempt, now) < RESUMED_MS &&
  JSON.stringify(attempt.items) === JSON.stringify(items);

export const keptAttempt = (): Attempt | undefined => read(STORED, isAttempt);

const age = (attempt: Attempt, now: number) => Math.abs(now - attempt.made_at);

function markBegun(key: string): void {
  try {
    sessionStorage.setItem(BEGUN, key);
  } catch {
    // Without the mark a reloaded page waits for the customer.
  }
}

function wasBegunHere(key: string): boolean {
  try {
    return sessionStorage.getItem(BEGUN) === key;
  } catch {
    return false;
  }
}

const isAttempt = (value: unknown): value is Attempt =>
  isRecord(value) &&
  typeof value.key === "string" &&
  typeof value.secret === "string" &&
  typeof value.made_at === "number" &&
  Array.isArray(value.items);
