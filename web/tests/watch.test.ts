import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Surroundings, type Watch, watch } from "../src/api/watch.ts";

let hidden = false;
let wake = () => {};
let connected = () => {};
let looks = 0;
let next: number | null = 2000;
let watching: Watch | undefined;

const around: Surroundings = {
  hidden: () => hidden,
  listen: (onWake, onConnected) => {
    [wake, connected] = [onWake, onConnected];
    return () => {
      [wake, connected] = [() => {}, () => {}];
    };
  },
};
const look = async () => {
  looks += 1;
  return next;
};
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers();
  [hidden, looks, next] = [false, 0, 2000];
});
afterEach(() => {
  watching?.stop();
  vi.useRealTimers();
});

test("it looks at once, and again when the look says", async () => {
  watching = watch(look, around);
  await pass(1999);
  expect(looks).toBe(1);
  await pass(1);
  expect(looks).toBe(2);
});

test("it does not look while the page is hidden, and at once when it is seen", async () => {
  watching = watch(look, around);
  hidden = true;
  await pass(60_000);
  expect(looks).toBe(1);
  hidden = false;
  wake();
  await pass(0);
  expect(looks).toBe(2);
  await pass(2000);
  expect(looks).toBe(3);
});

test("a page that is shown and hidden quickly looks once a second at most", async () => {
  watching = watch(look, around);
  await pass(100);
  for (let times = 0; times < 20; times += 1) wake();
  await pass(899);
  expect(looks).toBe(1);
  await pass(1);
  expect(looks).toBe(2);
});

test("a clock that is set back does not keep it from looking", async () => {
  watching = watch(look, around);
  await pass(100);
  vi.setSystemTime(Date.now() - 3_600_000);
  wake();
  await pass(900);
  expect(looks).toBe(2);
});

test("it looks at once when the network is back", async () => {
  next = 15_000;
  watching = watch(look, around);
  await pass(100);
  connected();
  await pass(0);
  expect(looks).toBe(2);
});

test("two looks never run at a time, and one that is asked for meanwhile follows", async () => {
  let [running, most] = [0, 0];
  const slow = async () => {
    looks += 1;
    running += 1;
    most = Math.max(most, running);
    await new Promise((done) => setTimeout(done, 500));
    running -= 1;
    return null;
  };
  watching = watch(slow, around);
  watching.lookNow();
  connected();
  await pass(5000);
  expect([looks, most]).toEqual([2, 1]);
});

test("what does not change by itself is looked at again only when the page is seen", async () => {
  next = null;
  watching = watch(look, around);
  await pass(600_000);
  expect(looks).toBe(1);
  wake();
  await pass(0);
  expect(looks).toBe(2);
});

test("nothing happens after the end", async () => {
  watching = watch(look, around);
  watching.stop();
  wake();
  await pass(60_000);
  expect(looks).toBe(1);
});
