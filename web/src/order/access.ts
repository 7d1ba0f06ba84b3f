import type { Result } from "../api/client.ts";
import { problemKind } from "../api/problem-kind.ts";
import type { Access } from "../api/types.ts";

export type Opened<T> = { access: Access; result: Result<T> };

/** Look with the first access, and with the next one if that does not open the order. */
export async function lookWith<T>(
  [first, ...others]: readonly [Access, ...Access[]],
  look: (access: Access) => Promise<Result<T>>,
): Promise<Opened<T>> {
  const result = await look(first);
  const [next, ...rest] = others;
  const isRefused = !result.ok && problemKind(result.problem) === "notFound";
  return isRefused && next ? lookWith([next, ...rest], look) : { access: first, result };
}

/** Return what may open an order: what the address gives, then what the browser kept. */
export function accesses(
  given: Access | undefined,
  kept: Access | undefined,
): readonly [Access, ...Access[]] | undefined {
  if (!given) return kept && [kept];
  return kept ? [given, kept] : [given];
}
