import { beforeEach, expect, test, vi } from "vitest";
import {
  attemptFor,
  beginAttempt,
  dropAttempt,
  isResumed,
  keptAttempt,
  stopAttempt,
} from "../src/shop/attempt.ts";
import { FakeStorage } from "./fake-storage.ts";

let tab: FakeStorage;
beforeEach(() => {
  tab = new FakeStorage();
  vi.stubGlobal("sessionStorage", tab);
});

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
  const first = beginAttempt(items, []);
  const at = (minutes: number) => first.made_at + minutes * MINUTE;
  expect(isResumed(first, items, at(1))).toBe(true);
  expect(isResumed(first, items, at(3))).toBe(false);
  expect(isResumed(first, [], at(1))).toBe(false);
  expect(isResumed(undefined, [], at(1))).toBe(false);
});

test("a reloaded page does not go on with what was stopped, or begun in another tab", () => {
  const first = beginAttempt(items, []);
  stopAttempt(first.key);
  expect(isResumed(keptAttempt(), items)).toBe(false);
  expect(beginAttempt(items, []).key).toBe(first.key);
  expect(isResumed(keptAttempt(), items)).toBe(true);
  tab.kept.clear();
  expect(isResumed(keptAttempt(), items)).toBe(false);
});

test("an attempt is kept until it is dropped, and a newer one stays", () => {
  const [first, second] = [beginAttempt(items, []), beginAttempt([], [])];
  dropAttempt(first.key);
  stopAttempt(first.key);
  expect(keptAttempt()).toEqual(second);
  dropAttempt(second.key);
  expect(keptAttempt()).toBeUndefined();
});
