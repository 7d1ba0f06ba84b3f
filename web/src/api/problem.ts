import { isRecord } from "./is-record.ts";
import type { ProblemItem } from "./types.ts";

/** Why a request was refused or could not be answered.
 *
 * `code` is that of the problem document, `offline` if no answer came, or `unreadable` if the
 * answer was not one of the API. `retryAfter` is in seconds.
 */
export type Problem = {
  code: string;
  status: number;
  traceId?: string;
  retryAfter?: number;
  items: ProblemItem[];
};

export const OFFLINE: Problem = { code: "offline", status: 0, items: [] };

/** Read a problem document. Never throws: an answer of another form is `unreadable`. */
export async function readProblem(answer: Response): Promise<Problem> {
  const body: unknown = await answer.json().catch(() => null);
  const retryAfter = readRetryAfter(answer.headers);
  const problem: Problem = { code: "unreadable", status: answer.status, items: [] };
  if (retryAfter !== undefined) problem.retryAfter = retryAfter;
  if (!isRecord(body)) return problem;
  if (typeof body.code === "string") problem.code = body.code;
  if (typeof body.trace_id === "string") problem.traceId = body.trace_id;
  if (Array.isArray(body.items)) problem.items = body.items.filter(isItem);
  return problem;
}

/** Read the seconds of Retry-After. Undefined if there are none, or they are a date. */
export function readRetryAfter(headers: Headers): number | undefined {
  const text = headers.get("Retry-After");
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** Return whether the same request may succeed later. */
export const isRetryable = (problem: Problem) =>
  problem.status === 0 || problem.status === 429 || problem.status >= 500;

const isItem = (value: unknown): value is ProblemItem =>
  isRecord(value) && typeof value.product_id === "string";
