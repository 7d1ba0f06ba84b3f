import type { Access } from "../api/types.ts";

/** Read the order's id from the path of its page. */
export const orderIdOf = (pathname: string): string | undefined => {
  const id = /^\/order\/([^/]+)\/?$/.exec(pathname)?.[1];
  try {
    return id && decodeURIComponent(id);
  } catch {
    return undefined;
  }
};

/** Read who may see the order from the part of the address that is never sent to a server. */
export function accessOf(hash: string): Access | undefined {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const customer_id = parts.get("customer");
  const access_token = parts.get("token");
  if (!isPrintable(customer_id) || !isPrintable(access_token)) return undefined;
  return { customer_id, access_token };
}

/** A header takes other characters only in part, and no access has them. */
const isPrintable = (text: string | null): text is string =>
  text !== null && /^[\x21-\x7e]+$/.test(text);

export const orderAddress = (orderId: string) => `/order/${encodeURIComponent(orderId)}`;

/** Return the address that opens the order on another device. */
export function sharedAddress(origin: string, orderId: string, access: Access): string {
  const { customer_id: customer, access_token: token } = access;
  return `${origin}${orderAddress(orderId)}#${new URLSearchParams({ customer, token })}`;
}

/** Return whether Stripe's page sent the customer back after a payment. */
export const isBackFromPaying = (search: string) => new URLSearchParams(search).has("paid");
