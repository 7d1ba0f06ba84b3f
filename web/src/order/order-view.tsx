import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { cancelOrder } from "../api/client.ts";
import { keepSeen } from "../api/my-orders.ts";
import type { Problem } from "../api/problem.ts";
import { problemKind } from "../api/problem-kind.ts";
import type { Access, Order } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { announce } from "../ui/announce.tsx";
import { ProblemNotice, StaleNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { isKnown } from "../ui/states.tsx";
import { useNow } from "../ui/use-now.ts";
import { isBackFromPaying } from "./address.ts";
import { CancelDialog } from "./cancel-dialog.tsx";
import { confirming, isUnpaid } from "./confirming.ts";
import { DeadEnd } from "./dead-end.tsx";
import { Hero } from "./hero.tsx";
import { Items } from "./items.tsx";
import { OrderSkeleton } from "./order-skeleton.tsx";
import { Pay } from "./pay.tsx";
import { Refunds } from "./refunds-view.tsx";
import { ShareDialog } from "./share-dialog.tsx";
import { Timeline } from "./timeline-view.tsx";
import { useOrder } from "./use-order.ts";

type Open = "cancel" | "share" | undefined;

/** An order that this browser may see. */
export function OrderView({ orderId, access }: { orderId: string; access: Access }) {
  const { texts } = useTranslation();
  const payingSince = useMemo(
    () => (isBackFromPaying(location.search) ? Date.now() : undefined),
    [],
  );
  const { state, lookNow } = useOrder(orderId, access, payingSince);
  const { order, problem, readAt } = state;
  useStatusNews(order);
  if (!order) {
    const kind = problem && problemKind(problem);
    return (
      <Page title={texts.order.title} class="order-page" back>
        {kind === "notFound" ? (
          <DeadEnd title={texts.order.notFound} detail={texts.order.notFoundDetail} />
        ) : (
          <>
            <h1 class="unseen">{texts.order.title}</h1>
            {problem && <ProblemNotice problem={problem} onRetry={lookNow} />}
            <OrderSkeleton />
          </>
        )}
      </Page>
    );
  }
  return (
    <Page title={titleOf(order, texts)} class="order-page" back>
      {problem && <StaleNotice since={readAt} />}
      <OrderContent {...{ order, access, payingSince, lookNow }} />
    </Page>
  );
}

type ContentProps = {
  order: Order;
  access: Access;
  payingSince: number | undefined;
  lookNow: () => void;
};

function OrderContent({ order, access, payingSince, lookNow }: ContentProps) {
  const { texts } = useTranslation();
  const [open, setOpen] = useState<Open>();
  const [refusal, setRefusal] = useState<Problem>();
  const canCancel = isUnpaid(order.status);
  const now = useNow(canCancel);
  const state = confirming(order, payingSince, now);
  const cancel = async () => {
    setOpen(undefined);
    const result = await cancelOrder(order.order_id, access);
    setRefusal(result.ok ? undefined : result.problem);
    if (result.ok) keepSeen(result.value);
    lookNow();
  };
  return (
    <div class="order">
      <div class="order-state">
        <Hero order={order} confirming={state} />
        {refusal && <ProblemNotice problem={refusal} />}
        <Pay order={order} isConfirming={state === "usual"} now={now} />
        <Timeline order={order} />
      </div>
      <div class="order-contents">
        <Items order={order} />
        <Refunds order={order} />
        <div class="order-actions">
          <button type="button" class="button" onClick={() => setOpen("share")}>
            {texts.order.share}
          </button>
          {canCancel && (
            <button type="button" class="button button-danger" onClick={() => setOpen("cancel")}>
              {texts.order.cancel}
            </button>
          )}
        </div>
        <p class="small soft order-id">{texts.order.orderId(order.order_id)}</p>
      </div>
      {open === "share" && (
        <ShareDialog orderId={order.order_id} access={access} onClose={() => setOpen(undefined)} />
      )}
      {open === "cancel" && (
        <CancelDialog onConfirm={() => void cancel()} onClose={() => setOpen(undefined)} />
      )}
    </div>
  );
}

/** Announce a change of the status, and remove `?paid` from the address once it has done its work. */
function useStatusNews(order: Order | undefined): void {
  const { texts } = useTranslation();
  const before = useRef<string>(undefined);
  const status = order?.status;
  useEffect(() => {
    if (!status) return;
    if (before.current && before.current !== status) announce(headlineOf(status, texts));
    before.current = status;
    if (!isUnpaid(status) && location.search) history.replaceState(null, "", location.pathname);
  }, [status, texts]);
}

type Texts = ReturnType<typeof useTranslation>["texts"];

const headlineOf = (status: string, texts: Texts) =>
  isKnown(status) ? texts.order.headlines[status] : texts.order.otherHeadline;

function titleOf({ number, status }: Order, texts: Texts): string {
  const state = isKnown(status) ? texts.states[status] : texts.otherState;
  return number ? texts.order.titleNumbered(number, state) : `${texts.order.title}: ${state}`;
}
