import type { Order } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { countdown } from "../i18n/times.ts";
import { ClockIcon } from "../ui/icon.tsx";
import { isClosed } from "../ui/states.tsx";
import { isUnpaid } from "./confirming.ts";
import { payState } from "./pay-state.ts";

type Props = { order: Order; isConfirming: boolean; now: number };

/** The way to the payment page with the time left. Not while a payment is being confirmed.
 *
 * `now` is the server's time.
 */
export function Pay({ order, isConfirming, now }: Props) {
  const { texts, money } = useTranslation();
  const { status, currency } = order;
  if (isClosed(status)) {
    return (
      <a class="button button-primary button-wide" href="/">
        {texts.order.orderAgain}
      </a>
    );
  }
  if (!isUnpaid(status) || isConfirming) return null;
  const state = payState(order, now);
  return (
    <section class="pay">
      {state.kind === "link" && (
        <a class="button button-primary button-wide" href={state.link}>
          {texts.order.pay(money(order.amount_total, currency))}
        </a>
      )}
      {state.kind === "preparing" && (
        <p class="pay-preparing" role="status">
          <span class="spinner" aria-hidden="true" />
          {texts.order.preparingPay}
        </p>
      )}
      {state.kind === "over" ? (
        <p class="pay-time">
          <ClockIcon />
          {texts.order.payTimeOver}
        </p>
      ) : (
        state.left !== undefined && <TimeLeft left={state.left} />
      )}
    </section>
  );
}

function TimeLeft({ left }: { left: number }) {
  const { texts } = useTranslation();
  return (
    <p class="pay-time">
      <ClockIcon />
      {texts.order.payWithin}{" "}
      <span class="money" role="timer" aria-label={texts.order.payWithin}>
        {countdown(left)}
      </span>
    </p>
  );
}
