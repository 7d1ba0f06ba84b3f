import { beforeEach, expect, test, vi } from "vitest";
import type { Result } from "../src/api/client.ts";
import { accessTo } from "../src/api/my-orders.ts";
import type { PlacedOrder } from "../src/api/types.ts";
import { keptAttempt } from "../src/shop/attempt.ts";
import { type Run, sendOrder } from "../src/shop/send-order.ts";
import { FakeStorage } from "./fake-storage.ts";

type Answer = Result<PlacedOrder>;
const ramen = [{ id: "ramen", quantity: 1 }];
const soup = [{ id: "soup", quantity: 1 }];
const shown = [{ currency: "eur", amount: 1390 }];
let storage: FakeStorage;

beforeEach(() => {
  storage = new FakeStorage();
  vi.stubGlobal("localStorage", storage);
});

const placed = (order_id: string, amount_total = 1390): Answer => ({
  ok: true,
  retryAfter: 1,
  value: {
    order_id,
    customer_id: "web-1",
    status: "pending",
    items: [],
    amount_total,
    currency: "eur",
    access_token: "t",
  },
});
const refused: Answer = { ok: false, problem: { code: "share_exceeded", status: 409, items: [] } };

/** Send an order whose answer the test gives when it wants. */
function begin(items = ramen) {
  const run: Run = { stopped: false };
  let answer: (result: Answer) => void = () => undefined;
  const send = () => new Promise<Answer>((done) => (answer = done));
  const sent = sendOrder(items, shown, run, () => undefined, send);
  return { run, sent, answer: (result: Answer) => answer(result) };
}

test("a late answer leaves a newer order alone", async () => {
  const first = begin(ramen);
  first.run.stopped = true;
  const second = begin(soup);
  const key = keptAttempt()?.key;
  first.answer(placed("first"));
  expect(await first.sent).toEqual({ kind: "kept" });
  expect(accessTo("first")?.access_token).toBe("t");
  expect(keptAttempt()?.key).toBe(key);
  second.answer(placed("second"));
  expect(await second.sent).toMatchObject({ kind: "placed", isKept: true, isAsShown: true });
  expect(keptAttempt()).toBeUndefined();
});

test("ordering again what was stopped repeats it, also after its late answer", async () => {
  const first = begin();
  first.run.stopped = true;
  first.answer(placed("first"));
  await first.sent;
  const second = begin();
  expect(second.run.key).toBe(first.run.key);
  second.answer(placed("first"));
  expect((await second.sent).kind).toBe("placed");
});

test("a late refusal says nothing, and leaves a newer order alone", async () => {
  const first = begin();
  first.run.stopped = true;
  const second = begin(soup);
  first.answer(refused);
  expect(await first.sent).toEqual({ kind: "stopped" });
  expect(keptAttempt()?.key).toBe(second.run.key);
});

test("another price than the button's is noticed", async () => {
  const order = begin();
  order.answer(placed("dearer", 1490));
  expect(await order.sent).toMatchObject({ kind: "placed", isAsShown: false });
});

test("an order that the browser refuses to keep is noticed", async () => {
  storage.full = true;
  const order = begin();
  order.answer(placed("refused"));
  expect(await order.sent).toMatchObject({ kind: "placed", isKept: false });
});
