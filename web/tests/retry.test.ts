import { expect, test } from "vitest";
import type { Result } from "../src/api/client.ts";
import { OFFLINE, type Problem } from "../src/api/problem.ts";
import { backOff, repeat } from "../src/api/retry.ts";

const failed = (status: number, retryAfter?: number): Result<string> => ({
  ok: false,
  problem: { code: "x", status, items: [], ...(retryAfter && { retryAfter }) } as Problem,
});
const offline: Result<string> = { ok: false, problem: OFFLINE };
const done: Result<string> = { ok: true, value: "order", retryAfter: undefined };

async function run(answers: Result<string>[], stopAfter = 99) {
  const waits: number[] = [];
  let sent = 0;
  const result = await repeat(
    async () => answers[sent++] ?? done,
    { tries: 5, stopped: () => waits.length >= stopAfter, onFailure: () => undefined },
    async (milliseconds) => void waits.push(milliseconds),
  );
  return { result, sent, waits };
}

test("a request is repeated after 5xx, 429 and no answer", async () => {
  const { result, sent } = await run([failed(503), failed(429), failed(500), offline]);
  expect(result).toBe(done);
  expect(sent).toBe(5);
});

test("a refusal is final", async () => {
  const refused = failed(409);
  expect(await run([refused])).toEqual({ result: refused, sent: 1, waits: [] });
});

test("it ends after the last try, and when it is stopped", async () => {
  expect((await run(Array(9).fill(offline))).sent).toBe(5);
  expect((await run(Array(9).fill(offline), 2)).sent).toBe(2);
});

test("Retry-After is kept, and longer waits double to 15 seconds", async () => {
  expect((await run([failed(503, 7)])).waits).toEqual([7000]);
  expect([1, 2, 3, 4, 5, 60].map((failures) => backOff(failures, OFFLINE, 0))).toEqual([
    1000, 2000, 4000, 8000, 15_000, 15_000,
  ]);
  expect(backOff(1, OFFLINE, 1)).toBe(1250);
});
