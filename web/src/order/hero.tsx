import type { Order } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { isClosed, isKnown, StateChip, StateIcon, toneOf } from "../ui/states.tsx";
import { refundedAmount } from "./refunds.ts";

/** The order's state in plain words, and its number. */
export function Hero({ order }: { order: Order }) {
  const { texts, money } = useTranslation();
  const { status, number } = order;
  const name = isKnown(status) ? texts.states[status] : texts.otherState;
  const headline = isKnown(status) ? texts.order.headlines[status] : texts.order.otherHeadline;
  const refunded = refundedAmount(order);
  const isPart = refunded > 0 && !isClosed(status);
  return (
    <section class={`hero tone-${toneOf(status)}`}>
      <div class="hero-words">
        <StateChip status={status} name={name} />
        <h1>{headline}</h1>
        <p>{useDetail(order)}</p>
        {isPart && <p>{texts.order.partlyRefunded(money(refunded, order.currency))}</p>}
      </div>
      {number !== undefined && !isClosed(status) ? (
        <div class="hero-number">
          <p class="hero-number-label">{texts.order.number}</p>
          <p class="number">{number}</p>
          <p class="small">{texts.order.numberUse}</p>
        </div>
      ) : (
        <div class="hero-drawing" aria-hidden="true">
          <StateIcon status={status} />
        </div>
      )}
    </section>
  );
}

function useDetail({ status, reason }: Order): string {
  const { order } = useTranslation().texts;
  if (reason && Object.hasOwn(order.reasons, reason)) {
    return order.reasons[reason as keyof typeof order.reasons];
  }
  return isKnown(status) ? order.details[status] : order.otherDetail;
}
