import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepOrder } from "../src/api/my-orders.ts";
import { read, remove, write } from "../src/api/storage.ts";
import { FakeStorage } from "./fake-storage.ts";

const isText = (value: unknown): value is string => typeof value === "string";
let storage: FakeStorage;

beforeEach(() => {
  storage = new FakeStorage();
  vi.stubGlobal("localStorage", storage);
});
afterEach(() => {
  storage.full = false;
  remove("key");
  vi.unstubAllGlobals();
});

test("a full storage does not bring an old value back", () => {
  expect(write("key", "old")).toBe(true);
  storage.full = true;
  expect(write("key", "new")).toBe(false);
  expect(read("key", isText)).toBe("new");
});

test("what another tab removed or changed is not read from memory", () => {
  write("key", "mine");
  storage.kept.delete("key");
  expect(read("key", isText)).toBeUndefined();
  storage.full = true;
  write("key", "refused");
  storage.full = false;
  write("key", "kept");
  storage.kept.set("key", '"theirs"');
  expect(read("key", isText)).toBe("theirs");
});

test("a removed value is gone from both", () => {
  write("key", "old");
  storage.full = true;
  write("key", "new");
  remove("key");
  expect(read("key", isText)).toBeUndefined();
});

test("an order says whether it is kept", () => {
  const access = { customer_id: "web-1", access_token: "t" };
  expect(keepOrder("one", access)).toBe(true);
  storage.full = true;
  expect(keepOrder("two", access)).toBe(false);
});
