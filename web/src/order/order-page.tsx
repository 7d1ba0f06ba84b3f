import { useEffect, useState } from "preact/hooks";
import { accessTo, keepOrder } from "../api/my-orders.ts";
import type { Access } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { Page } from "../ui/page.tsx";
import { accesses } from "./access.ts";
import { accessOf, orderIdOf } from "./address.ts";
import { DeadEnd } from "./dead-end.tsx";
import { OrderView } from "./order-view.tsx";

/** The page of one order: what opens it comes from the address or this browser's storage. */
export function OrderPage() {
  const { texts } = useTranslation();
  const orderId = orderIdOf(location.pathname);
  const [found, setFound] = useState(() => orderId && accessesTo(orderId));
  const [isKept, setKept] = useState(true);
  useEffect(() => {
    const changed = () => {
      if (orderId && accessOf(location.hash)) setFound(accessesTo(orderId));
    };
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, [orderId]);
  if (orderId && found) {
    const opened = (access: Access) => setKept(keep(orderId, access));
    return <OrderView orderId={orderId} accesses={found} isKept={isKept} onOpened={opened} />;
  }
  return (
    <Page title={texts.order.title} class="order-page" back>
      <DeadEnd title={texts.order.noAccess} detail={texts.order.noAccessDetail} />
    </Page>
  );
}

const accessesTo = (orderId: string) => accesses(accessOf(location.hash), accessTo(orderId));

/** Keep what opened the order, and remove it from the address and the history.
 *
 * It stays in the address if the browser refuses to keep it, because a reload needs it then.
 */
function keep(orderId: string, access: Access): boolean {
  const isKept = keepOrder(orderId, access);
  if (isKept && accessOf(location.hash)) {
    history.replaceState(null, "", location.pathname + location.search);
  }
  return isKept;
}
