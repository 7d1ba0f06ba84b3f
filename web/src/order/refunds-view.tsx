import type { Order } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { refundReason, refundStage } from "./refunds.ts";

/** What goes back of the payment, why, and how far it is. */
export function Refunds({ order }: { order: Order }) {
  const { texts, money, clock } = useTranslation();
  if (order.refunds.length === 0) return null;
  return (
    <section class="card">
      <h2>{texts.order.refunds}</h2>
      <ul class="items">
        {order.refunds.map((refund, index) => {
          const reason = refundReason(refund.reason);
          return (
            <li key={`${index} ${refund.at}`} class="item">
              <span class="item-name">
                {reason && texts.order.refundReasons[reason]}
                <span class="item-note">
                  {texts.order.refundStatus[refundStage(refund)]}
                  {refund.at && ` · ${clock(Date.parse(refund.at))}`}
                </span>
              </span>
              <span class="money">{money(refund.amount, order.currency)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
