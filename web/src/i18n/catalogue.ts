import type { ProblemKind } from "../api/problem-kind.ts";
import type { KnownStatus } from "../ui/states.ts";

/** All texts of the customer's pages in one language. Amounts and times come formatted. */
export type Catalogue = {
  shopName: string;
  otherLanguage: string;
  skipToContent: string;
  close: string;
  states: Record<KnownStatus, string>;
  otherState: string;
  problems: Record<ProblemKind, string>;
  problemNumber: (traceId: string) => string;
  tryAgain: string;
  offlineSince: (time: string) => string;

  menu: {
    title: string;
    headline: string;
    introduction: string;
    categories: string;
    otherDishes: string;
    left: (count: number) => string;
    soldOut: string;
    paused: string;
    shopPaused: string;
    shopPausedDetail: string;
    add: (name: string) => string;
    less: (name: string) => string;
    empty: string;
    emptyDetail: string;
    unreachable: string;
    loading: string;
  };

  basket: {
    title: string;
    view: string;
    count: (count: number) => string;
    empty: string;
    emptyDetail: string;
    each: (price: string) => string;
    addNote: string;
    addNoteTo: (name: string) => string;
    noteFor: (name: string) => string;
    noteExample: string;
    charactersLeft: (count: number) => string;
    another: string;
    anotherOf: (name: string) => string;
    more: (name: string) => string;
    less: (name: string) => string;
    remove: (name: string) => string;
    total: string;
    order: string;
    orderFor: (total: string) => string;
    payOnline: string;
    correct: string;
    corrected: string;
    troubleTitle: string;
    onlyLeft: (left: number) => string;
    shareLimit: (left: number) => string;
    soldOut: string;
    notSold: string;
    paused: string;
    added: (name: string, count: number) => string;
    removed: (name: string) => string;
  };

  placing: {
    title: string;
    sending: string;
    waiting: string;
    opening: string;
    retrying: string;
    stop: string;
  };

  myOrders: {
    title: string;
    earlier: (count: number) => string;
    numbered: (number: number) => string;
    unnumbered: string;
    placedAt: (time: string) => string;
  };

  order: {
    title: string;
    titleNumbered: (number: number, state: string) => string;
    back: string;
    loading: string;
    headlines: Record<KnownStatus, string>;
    details: Record<KnownStatus, string>;
    otherHeadline: string;
    otherDetail: string;
    reasons: { not_payable: string; no_page: string; closed_by_shop: string };
    number: string;
    numberUse: string;
    confirming: string;
    confirmingDetail: string;
    confirmingLong: string;
    pay: (amount: string) => string;
    payWithin: string;
    payTimeOver: string;
    preparingPay: string;
    timeline: string;
    items: string;
    note: string;
    noteForSome: (count: number) => string;
    total: string;
    discount: string;
    tax: string;
    paid: string;
    refunds: string;
    refundStatus: { due: string; pending: string; succeeded: string; failed: string };
    refundReasons: Record<RefundReason, string>;
    partlyRefunded: (amount: string) => string;
    cancel: string;
    cancelQuestion: string;
    cancelDetail: string;
    cancelDetailMayBePaid: string;
    cancelYes: string;
    cancelNo: string;
    share: string;
    shareDetail: string;
    shareLink: string;
    copy: string;
    copied: string;
    qrCode: string;
    noAccess: string;
    noAccessDetail: string;
    notKept: string;
    notFound: string;
    notFoundDetail: string;
    toMenu: string;
    orderAgain: string;
    orderId: (id: string) => string;
  };
};

export const REFUND_REASONS = [
  "order_cancelled",
  "order_expired",
  "order_refunded",
  "out_of_stock",
  "second_payment",
  "wrong_amount",
  "closed_by_shop",
  "refunded_by_shop",
] as const;
export type RefundReason = (typeof REFUND_REASONS)[number];
