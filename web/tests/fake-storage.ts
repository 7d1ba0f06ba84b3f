/** A browser's storage of which a test says whether it is full. */
export class FakeStorage {
  full = false;
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  removeItem = (key: string) => void this.kept.delete(key);
  setItem = (key: string, text: string) => {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.kept.set(key, text);
  };
}
