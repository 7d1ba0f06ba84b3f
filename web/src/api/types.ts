import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

export type MenuItem = Schemas["MenuItemBody"];
export type Menu = Schemas["MenuBody"];
export type LineNote = Schemas["LineNoteBody"];
export type Order = Schemas["OrderBody"];
export type PlacedOrder = Schemas["PlacedOrderBody"];
export type OrderedItem = Schemas["OrderedItem"];
export type StatusChange = Schemas["StatusChangeBody"];
export type Refund = Schemas["RefundBody"];
export type ProblemItem = NonNullable<Schemas["Problem"]["items"]>[number];

/** What opens one order. */
export type Access = { customer_id: string; access_token: string };
