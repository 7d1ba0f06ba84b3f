import { expect, test } from "vitest";
import {
  attemptFor,
  dropAttempt,
  isResumed,
  keepAttempt,
  keptAttempt,
} from "../src/shop/attempt.ts";

const items = [{ id: "ramen", quantity: 2, note: "no egg" }];
const MINUTE = 60_000;

test("key and secret are random, of the API's form, and differ", () => {
  const [one, two] = [attemptFor(items), attemptFor(items)];
  expect(one.key).toMatch(/^[0-9a-f]{32}$/);
  expect(one.secret).toMatch(/^[0-9a-f]{64}$/);
  expect(one.key).not.toBe(two.key);
  expect(one.secret).not.toBe(two.secret);
});

test("the same items are the same attempt, other items or notes another one", () => {
  const first = attemptFor(items);
  expect(attemptFor(structuredClone(items), first)).toBe(first);
  expect(attemptFor([{ id: "ramen", quantity: 3 }], first).key).not.toBe(first.key);
  expect(attemptFor([{ id: "ramen", quantity: 2 }], first).key).not.toBe(first.key);
});

test("an old attempt is not repeated, because its order may have expired", () => {
  const first = attemptFor(items, undefined, 0);
  expect(attemptFor(items, first, 19 * MINUTE)).toBe(first);
  expect(attemptFor(items, first, 20 * MINUTE)).not.toBe(first);
});

test("a reloaded page goes on with a recent attempt for what is in the basket", () => {
  const first = attemptFor(items, undefined, 0);
  expect(isResumed(first, items, MINUTE)).toBe(true);
  expect(isResumed(first, items, 3 * MINUTE)).toBe(false);
  expect(isResumed(first, [], MINUTE)).toBe(false);
  expect(isResumed(undefined, [], MINUTE)).toBe(false);
});

test("an attempt is kept until it is dropped", () => {
  const first = attemptFor(items);
  keepAttempt(first);
  expect(keptAttempt()).toEqual(first);
  dropAttempt();
  expect(keptAttempt()).toBeUndefined();
});
