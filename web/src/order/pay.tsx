import { payAddress } from "../api/pay-address.ts";
import type { Order } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { countdown } from "../i18n/times.ts";
import { ClockIcon } from "../ui/icon.tsx";
import { isClosed } from "../ui/states.tsx";
import { isUnpaid } from "./confirming.ts";

type Props = { order: Order; isConfirming: boolean; now: number };

/** The way to the payment page with the time left. Not while a payment is being confirmed. */
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
  const link = payAddress(order.payment_link);
  const left = order.pay_until ? Date.parse(order.pay_until) - now : undefined;
  return (
    <section class="pay">
      <PayLink {...{ link, left }} name={texts.order.pay(money(order.amount_total, currency))} />
      {left !== undefined && <TimeLeft left={left} />}
    </section>
  );
}

function PayLink({
  link,
  left = 1,
  name,
}: {
  link: string | undefined;
  left?: number | undefined;
  name: string;
}) {
  const { texts } = useTranslation();
  if (left <= 0) return null;
  if (link) {
    return (
      <a class="button button-primary button-wide" href={link}>
        {name}
      </a>
    );
  }
  return (
    <p class="pay-preparing" role="status">
      <span class="spinner" aria-hidden="true" />
      {texts.order.preparingPay}
    </p>
  );
}

function TimeLeft({ left }: { left: number }) {
  const { texts } = useTranslation();
  return (
    <p class="pay-time">
      <ClockIcon />
      {left > 0 ? (
        <>
          {texts.order.payWithin}{" "}
          <span class="money" role="timer" aria-label={texts.order.payWithin}>
            {countdown(left)}
          </span>
        </>
      ) : (
        texts.order.payTimeOver
      )}
    </p>
  );
}
