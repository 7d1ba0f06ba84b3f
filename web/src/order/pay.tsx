import { payAddress } from "../api/pay-address.ts";
import type { Order } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { countdown } from "../i18n/times.ts";
import { ClockIcon } from "../ui/icon.tsx";
import { Notice } from "../ui/notice.tsx";
import { isClosed } from "../ui/states.tsx";
import { useNow } from "../ui/use-now.ts";

const CONFIRMING_MS = 30_000;

type Props = { order: Order; payingSince: number | undefined };

/** The way to the payment page with the time left, or that a payment is being confirmed. */
export function Pay({ order, payingSince }: Props) {
  const { texts, money } = useTranslation();
  const { status, currency } = order;
  const unpaid = status === "pending" || status === "waiting_for_payment";
  const now = useNow(unpaid);
  if (isClosed(status)) {
    return (
      <a class="button button-primary button-wide" href="/">
        {texts.order.orderAgain}
      </a>
    );
  }
  if (!unpaid) return null;
  const isLong = payingSince !== undefined && now - payingSince > CONFIRMING_MS;
  const link = payAddress(order.payment_link);
  const left = order.pay_until ? Date.parse(order.pay_until) - now : undefined;
  return (
    <section class="pay">
      {payingSince !== undefined && (
        <Notice tone="paid" icon={<span class="spinner" />} title={texts.order.confirming}>
          <p>{isLong ? texts.order.confirmingLong : texts.order.confirmingDetail}</p>
        </Notice>
      )}
      {payingSince === undefined || isLong ? (
        <>
          <PayLink
            {...{ link, left }}
            name={texts.order.pay(money(order.amount_total, currency))}
          />
          {left !== undefined && <TimeLeft left={left} />}
        </>
      ) : null}
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
