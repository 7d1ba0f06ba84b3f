import { lastSeen, type MyOrder, myOrders, type Seen } from "../api/my-orders.ts";
import { useTranslation } from "../i18n/context.tsx";
import { orderAddress } from "../order/address.ts";
import { isKnown, StateChip } from "../ui/states.tsx";
import { isCurrent } from "./current-orders.ts";

const MOST_EARLIER = 10;

/** The orders of this browser: those under way first, the others on demand. */
export function MyOrdersView() {
  const { texts } = useTranslation();
  const seen = lastSeen();
  const orders = myOrders();
  const current = orders.filter(([id, order]) => isCurrent(order, seen[id]));
  const earlier = orders.filter(([id, order]) => !isCurrent(order, seen[id]));
  if (orders.length === 0) return null;
  return (
    <section class="my-orders" aria-label={texts.myOrders.title}>
      {current.length > 0 && (
        <>
          <h2 class="my-orders-title">{texts.myOrders.title}</h2>
          <OrderLinks orders={current} seen={seen} />
        </>
      )}
      {earlier.length > 0 && (
        <details>
          <summary>{texts.myOrders.earlier(earlier.length)}</summary>
          <OrderLinks orders={earlier.slice(0, MOST_EARLIER)} seen={seen} />
        </details>
      )}
    </section>
  );
}

function OrderLinks({ orders, seen }: { orders: [string, MyOrder][]; seen: Record<string, Seen> }) {
  const { texts, clock } = useTranslation();
  return (
    <ul class="order-links">
      {orders.map(([id, order]) => {
        const { status, number } = seen[id] ?? {};
        return (
          <li key={id}>
            <a class="order-link" href={orderAddress(id)}>
              <span>
                <strong>
                  {number ? texts.myOrders.numbered(number) : texts.myOrders.unnumbered}
                </strong>
                <span class="small soft">
                  {texts.myOrders.placedAt(clock(Date.parse(order.placed_at)))}
                </span>
              </span>
              {status && isKnown(status) && (
                <StateChip status={status} name={texts.states[status]} />
              )}
            </a>
          </li>
        );
      })}
    </ul>
  );
}
