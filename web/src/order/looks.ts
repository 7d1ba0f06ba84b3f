const DEFAULT_MS = 5000;
const LONGEST_MS = 60_000;
const BACK_FROM_PAYING_MS = 30_000;
const WHILE_CONFIRMING_MS = 2000;

/** What the time of the next look depends on. `sincePaying`: since Stripe's page sent the customer
 * back, undefined if it did not. `retryAfter`: the answer's, in seconds. */
export type LastLook = {
  isFinal: boolean;
  retryAfter: number | undefined;
  sincePaying: number | undefined;
};

/** Return the milliseconds until the next look at an order, or null if it does not change itself. */
export function nextLook({ isFinal, retryAfter, sincePaying }: LastLook): number | null {
  if (retryAfter === undefined && isFinal) return null;
  const asked = retryAfter === undefined ? DEFAULT_MS : retryAfter * 1000;
  const confirming = sincePaying !== undefined && sincePaying < BACK_FROM_PAYING_MS;
  const most = confirming ? WHILE_CONFIRMING_MS : LONGEST_MS;
  return Math.min(Math.max(asked, 500), most);
}
