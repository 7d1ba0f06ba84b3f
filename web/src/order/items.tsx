import type { LineNote, Order } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { NoteIcon } from "../ui/icon.tsx";

/** What was ordered, with notes, and what it costs. */
export function Items({ order }: { order: Order }) {
  const { texts, money } = useTranslation();
  const { currency, payment } = order;
  return (
    <section class="card">
      <h2>{texts.order.items}</h2>
      <ul class="items">
        {order.items.map((item) => (
          <li key={item.id} class="item">
            <span class="item-quantity">{item.quantity}×</span>
            <span class="item-name">
              <bdi>{item.name}</bdi>
              {item.notes?.map((note, index) => (
                <ItemNote
                  key={`${index} ${note.text}`}
                  note={note}
                  isForAll={note.quantity === item.quantity}
                />
              ))}
            </span>
            <span class="money">{money(item.unit_amount * item.quantity, currency)}</span>
          </li>
        ))}
      </ul>
      <dl class="sums">
        <Sum name={texts.order.total} amount={money(order.amount_total, currency)} />
        {payment && (
          <>
            {payment.discount > 0 && (
              <Sum name={texts.order.discount} amount={money(-payment.discount, currency)} />
            )}
            {payment.tax > 0 && (
              <Sum name={texts.order.tax} amount={money(payment.tax, currency)} />
            )}
            <Sum name={texts.order.paid} amount={money(payment.amount, currency)} />
          </>
        )}
      </dl>
    </section>
  );
}

function ItemNote({ note, isForAll }: { note: LineNote; isForAll: boolean }) {
  const { order } = useTranslation().texts;
  return (
    <span class="item-note">
      <NoteIcon />
      <span>
        <span class="unseen">{isForAll ? order.note : order.noteForSome(note.quantity)}: </span>
        {!isForAll && <span aria-hidden="true">{note.quantity}× </span>}
        <bdi>{note.text}</bdi>
      </span>
    </span>
  );
}

function Sum({ name, amount }: { name: string; amount: string }) {
  return (
    <div class="sum">
      <dt>{name}</dt>
      <dd class="money">{amount}</dd>
    </div>
  );
}
