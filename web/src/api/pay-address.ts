const LOCAL = new Set(["127.0.0.1", "localhost"]);

/** Return the address of a payment page if a browser may go there: https, or http to this machine. */
export function payAddress(link: string | undefined): string | undefined {
  const { protocol, hostname } = parsed(link ?? "") ?? {};
  const isLocal = protocol === "http:" && LOCAL.has(hostname ?? "");
  return protocol === "https:" || isLocal ? link : undefined;
}

function parsed(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}
