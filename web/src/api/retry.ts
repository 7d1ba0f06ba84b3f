import type { Result } from "./client.ts";
import { isRetryable, type Problem } from "./problem.ts";

const FIRST_MS = 1000;
const MOST_MS = 15_000;

/** Return the milliseconds to wait after a number of failures in a row, 1 or more.
 *
 * It doubles from one second to 15, with up to a quarter more by chance, so that clients which
 * failed together do not return together. A Retry-After that is longer is kept.
 */
export function backOff(failures: number, problem: Problem, chance = Math.random()): number {
  const doubled = Math.min(FIRST_MS * 2 ** (failures - 1), MOST_MS);
  return Math.max(doubled * (1 + chance / 4), (problem.retryAfter ?? 0) * 1000);
}

/** Repeat a request until it is answered, refused for good, tried `tries` times or stopped. */
export async function repeat<T>(
  send: () => Promise<Result<T>>,
  options: { tries: number; stopped: () => boolean; onFailure: () => void },
  wait = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds)),
): Promise<Result<T>> {
  for (let failures = 1; ; failures += 1) {
    const result = await send();
    if (result.ok || !isRetryable(result.problem)) return result;
    if (failures >= options.tries || options.stopped()) return result;
    options.onFailure();
    await wait(backOff(failures, result.problem));
    if (options.stopped()) return result;
  }
}
