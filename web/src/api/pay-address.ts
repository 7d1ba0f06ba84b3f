const LOCAL = new Set(["127.0.0.1", "localhost"]);

/** Return the address of a payment page if a browser may go there: https, or http to this machine. */
export function payAddress(link: string | undefined): string | undefined {
  if (!link || !URL.canParse(link)) return undefined;
  const { protocol, hostname } = new URL(link);
  const isSafe = protocol === "https:" || (protocol === "http:" && LOCAL.has(hostname));
  return isSafe ? link : undefined;
}
