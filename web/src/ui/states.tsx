import type { ComponentChild } from "preact";
import { Icon } from "./icon.tsx";

/** The states of an order: their order, colours and icons on all pages. Names: `texts.states`. */
const STATES = {
  pending: { tone: "quiet", closed: false, final: false },
  waiting_for_payment: { tone: "wait", closed: false, final: false },
  paid: { tone: "paid", closed: false, final: false },
  cooking: { tone: "cook", closed: false, final: false },
  cooked: { tone: "done", closed: false, final: true },
  collected: { tone: "done", closed: false, final: true },
  cancelled: { tone: "closed", closed: true, final: true },
  expired: { tone: "closed", closed: true, final: true },
  refunded: { tone: "back", closed: true, final: true },
} as const;

export type KnownStatus = keyof typeof STATES;
export type Tone = (typeof STATES)[KnownStatus]["tone"];

export const isKnown = (status: string): status is KnownStatus => Object.hasOwn(STATES, status);

export const toneOf = (status: string): Tone => (isKnown(status) ? STATES[status].tone : "quiet");

/** Return whether the order ended without a meal. */
export const isClosed = (status: string) => isKnown(status) && STATES[status].closed;

/** Return whether nothing changes any more, unless the shop refunds. */
export const isFinal = (status: string) => isKnown(status) && STATES[status].final;

/** The states of an order that goes well. `collected` is shown only once it is reached. */
export const HAPPY_PATH: KnownStatus[] = [
  "pending",
  "waiting_for_payment",
  "paid",
  "cooking",
  "cooked",
];

const DRAWINGS: Record<KnownStatus, ComponentChild> = {
  pending: (
    <>
      <circle cx="5.5" cy="12" r="1.4" />
      <circle cx="12" cy="12" r="1.4" />
      <circle cx="18.5" cy="12" r="1.4" />
    </>
  ),
  waiting_for_payment: (
    <>
      <rect x="3" y="5.5" width="18" height="13" rx="2.5" />
      <path d="M3 10h18M7 14.8h3.5" />
    </>
  ),
  paid: (
    <>
      <path d="M6 3.5h12V20l-2.4-1.5L13.2 20l-1.2-.8-1.2.8-2.4-1.5L6 20z" />
      <path d="m9.2 10.6 2 2 3.8-3.9" />
    </>
  ),
  cooking: (
    <>
      <path d="M4 11h13v4a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5zM17 12.5l4.5-1.8" />
      <path d="M7.5 7.5c-1.2-1.3 1-2 0-3.5M11.5 7.5c-1.2-1.3 1-2 0-3.5" />
    </>
  ),
  cooked: (
    <>
      <path d="M3 17.5h18M4.5 14.5a7.5 7.5 0 0 1 15 0zM12 7V5.2" />
      <path d="M10.8 5h2.4" />
    </>
  ),
  collected: (
    <>
      <path d="M5.5 8h13l1 12h-15zM9 8V7a3 3 0 0 1 6 0v1" />
      <path d="m9.2 14 2 2 3.8-3.9" />
    </>
  ),
  cancelled: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="m9 9 6 6m0-6-6 6" />
    </>
  ),
  expired: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 7v5.2l3.3 2" />
    </>
  ),
  refunded: (
    <>
      <path d="M8 5.5 4 9.3l4 3.8" />
      <path d="M4.5 9.3h9.2a5.3 5.3 0 0 1 0 10.6H8" />
    </>
  ),
};

export function StateIcon({ status }: { status: string }) {
  return <Icon>{DRAWINGS[isKnown(status) ? status : "pending"]}</Icon>;
}

/** A state's icon and name on its colour. */
export function StateChip({ status, name }: { status: string; name: string }) {
  return (
    <span class={`chip tone-${toneOf(status)}`}>
      <StateIcon status={status} />
      {name}
    </span>
  );
}
