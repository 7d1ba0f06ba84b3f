import { useEffect, useState } from "preact/hooks";
import { accessTo, keepOrder } from "../api/my-orders.ts";
import type { Access } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { Page } from "../ui/page.tsx";
import { accessOf, orderIdOf } from "./address.ts";
import { DeadEnd } from "./dead-end.tsx";
import { OrderView } from "./order-view.tsx";

/** The page of one order: what opens it comes from this browser's storage or the address. */
export function OrderPage() {
  const { texts } = useTranslation();
  const orderId = orderIdOf(location.pathname);
  const [access, setAccess] = useState(() => orderId && takeAccess(orderId));
  useEffect(() => {
    const changed = () => setAccess(orderId && takeAccess(orderId));
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, [orderId]);
  if (orderId && access) return <OrderView orderId={orderId} access={access} />;
  return (
    <Page title={texts.order.title} class="order-page" back>
      <DeadEnd title={texts.order.noAccess} detail={texts.order.noAccessDetail} />
    </Page>
  );
}

/** Keep the access that the address has, and remove it from the address and the history. */
function takeAccess(orderId: string): Access | undefined {
  const given = accessOf(location.hash);
  if (given) {
    keepOrder(orderId, given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return given ?? accessTo(orderId);
}
