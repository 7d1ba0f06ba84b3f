const DAY_MS = 24 * 3_600_000;

/** Format the time of day, with the date if it is not within the last 12 hours. */
export function clock(at: number, locale: string, now = Date.now()): string {
  const recent = Math.abs(now - at) < DAY_MS / 2;
  const time = { hour: "2-digit", minute: "2-digit" } as const;
  const day = recent ? {} : ({ day: "numeric", month: "short" } as const);
  return new Intl.DateTimeFormat(locale, { ...time, ...day }).format(at);
}

/** Format what is left of a time as minutes and seconds, or hours, minutes and seconds. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
