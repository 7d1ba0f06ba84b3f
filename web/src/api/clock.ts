const NEGLIGIBLE_MS = 2000;

/** Return how far the clock of the server that answers now is ahead of this one, in milliseconds.
 *
 * Undefined without a Date header. It is at most a second, and the time of the answer, too little.
 */
export function aheadMs(headers: Headers, now = Date.now()): number | undefined {
  const at = Date.parse(headers.get("Date") ?? "");
  return Number.isNaN(at) ? undefined : at - now;
}

/** Return what to count with after a measurement, so that a countdown does not jump with each. */
export function steadyAhead(before: number, measured: number | undefined): number {
  if (measured === undefined) return before;
  const isSame = Math.abs(measured - before) < NEGLIGIBLE_MS;
  return isSame ? Math.max(before, measured) : measured;
}
