/** What a page keeps between visits: localStorage, or memory if the browser refuses that. */

const memory = new Map<string, string>(); // what the browser refused to store, newer than what it has

export function read<T>(key: string, isValid: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(stored(key) ?? "null");
    return isValid(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Keep a value. Return whether it lasts longer than the page.
 *
 * Private windows and full disks refuse. What was stored before stays then: the orders that it names
 * can still be opened at the next visit.
 */
export function write(key: string, value: unknown): boolean {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(key, text);
    memory.delete(key);
    return true;
  } catch {
    memory.set(key, text);
    return false;
  }
}

export function remove(key: string): void {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing is stored if storage is refused.
  }
}

function stored(key: string): string | null {
  const refused = memory.get(key);
  if (refused !== undefined) return refused;
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
