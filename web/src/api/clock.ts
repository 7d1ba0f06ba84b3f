/** Return how far the clock of the server that answers now is ahead of this one, in milliseconds.
 *
 * Undefined without a Date header. It is exact to a second and the time of the answer.
 */
export function aheadMs(headers: Headers, now = Date.now()): number | undefined {
  const at = Date.parse(headers.get("Date") ?? "");
  return Number.isNaN(at) ? undefined : at - now;
}
