const NO_DECIMALS = new Set(
  "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "),
);
const THREE_DECIMALS = new Set("bhd jod kwd omr tnd".split(" "));
const WHOLE_OF_TWO = new Set(["isk", "ugx"]); // two decimals in the API, which are always 00

/** Format an amount in the minor unit of the API's currencies: 1150 eur is €11.50. */
export function money(amount: number, currency: string, locale: string): string {
  const digits = minorDigits(currency);
  const whole = WHOLE_OF_TWO.has(currency) && amount % 100 === 0;
  const shown = whole ? 0 : digits;
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: currency.toUpperCase(),
    minimumFractionDigits: shown,
    maximumFractionDigits: shown,
  });
  return format.format(amount / 10 ** digits);
}

function minorDigits(currency: string): number {
  if (NO_DECIMALS.has(currency)) return 0;
  return THREE_DECIMALS.has(currency) ? 3 : 2;
}
