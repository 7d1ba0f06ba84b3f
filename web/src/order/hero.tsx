import type { Order } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { isClosed, isFinal, isKnown, StateChip, StateIcon, toneOf } from "../ui/states.tsx";
import type { Confirming } from "./confirming.ts";
import { refundedAmount } from "./refunds.ts";

type Props = { order: Order; confirming: Confirming };

/** The order's state in plain words, and its number. */
export function Hero({ order, confirming }: Props) {
  const { texts, money } = useTranslation();
  const { status, number } = order;
  const name = isKnown(status) ? texts.states[status] : texts.otherState;
  const { headline, detail } = useWords(order, confirming);
  const refunded = refundedAmount(order);
  const isPart = refunded > 0 && !isClosed(status);
  return (
    <section class={`hero tone-${toneOf(status)}`}>
      <div class="hero-words">
        <StateChip status={status} name={name} />
        <h1>{headline}</h1>
        <p>{detail}</p>
        {isPart && <p>{texts.order.partlyRefunded(money(refunded, order.currency))}</p>}
      </div>
      {number !== undefined && !isClosed(status) ? (
        <div class="hero-number">
          <p class="hero-number-label">{texts.order.number}</p>
          <p class="number">{number}</p>
          {!isFinal(status) && <p class="small">{texts.order.numberUse}</p>}
        </div>
      ) : (
        <div class="hero-drawing" aria-hidden="true">
          <StateIcon status={status} />
        </div>
      )}
    </section>
  );
}

function useWords({ status, reason }: Order, confirming: Confirming) {
  const { order } = useTranslation().texts;
  if (confirming) {
    const detail = confirming === "long" ? order.confirmingLong : order.confirmingDetail;
    return { headline: order.confirming, detail };
  }
  if (!isKnown(status)) return { headline: order.otherHeadline, detail: order.otherDetail };
  const headline = order.headlines[status];
  if (reason && Object.hasOwn(order.reasons, reason)) {
    return { headline, detail: order.reasons[reason as keyof typeof order.reasons] };
  }
  return { headline, detail: order.details[status] };
}
