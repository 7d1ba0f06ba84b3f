import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

export type MenuItem = Schemas["MenuItemBody"] & {
  description?: string;
  image?: string;
  category?: string;
  paused?: boolean;
};
export type Menu = Omit<Schemas["MenuBody"], "items"> & { paused?: boolean; items: MenuItem[] };
export type LineNote = { quantity: number; text: string };
export type OrderItem = Schemas["ItemBody"] & { notes?: LineNote[] };
export type Order = Omit<Schemas["OrderBody"], "items"> & { number?: number; items: OrderItem[] };
export type PlacedOrder = Schemas["PlacedOrderBody"];
export type OrderedItem = Schemas["OrderedItem"] & { note?: string };
export type StatusChange = Schemas["StatusChangeBody"];
export type Refund = Schemas["RefundBody"];
export type ProblemItem = NonNullable<Schemas["Problem"]["items"]>[number];

/** What opens one order. */
export type Access = { customer_id: string; access_token: string };
