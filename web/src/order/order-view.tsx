import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { cancelOrder } from "../api/client.ts";
import { keepSeen } from "../api/my-orders.ts";
import type { Problem } from "../api/problem.ts";
import { problemKind } from "../api/problem-kind.ts";
import type { Access, Order } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { announce } from "../ui/announce.tsx";
import { AlertIcon } from "../ui/icon.tsx";
import { LookNotice, Notice, ProblemNotice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { isKnown } from "../ui/states.tsx";
import { useNow } from "../ui/use-now.ts";
import { isBackFromPaying } from "./address.ts";
import { CancelDialog } from "./cancel-dialog.tsx";
import { canCancel, confirming, isUnpaid } from "./confirming.ts";
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

type Props = {
  orderId: string;
  accesses: readonly [Access, ...Access[]];
  /** Whether the next visit finds the order. */
  isKept: boolean;
  onOpened: (access: Access) => void;
};

/** An order that this browser may see. */
export function OrderView({ orderId, accesses, isKept, onOpened }: Props) {
  const { texts } = useTranslation();
  const payingSince = useMemo(
    () => (isBackFromPaying(location.search) ? Date.now() : undefined),
    [],
  );
  const { state, lookNow } = useOrder(orderId, { accesses, payingSince, onOpened });
  const { shown, problem, readAt, aheadMs } = state;
  useStatusNews(shown?.order);
  if (!shown) {
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
    <Page title={titleOf(shown.order, texts)} class="order-page" back>
      {problem && <LookNotice problem={problem} since={readAt} />}
      {!isKept && (
        <Notice tone="wait" icon={<AlertIcon />}>
          <p>{texts.order.notKept}</p>
        </Notice>
      )}
      <OrderContent {...shown} {...{ payingSince, aheadMs, lookNow }} />
    </Page>
  );
}

type ContentProps = {
  order: Order;
  access: Access;
  payingSince: number | undefined;
  aheadMs: number;
  lookNow: () => void;
};

function OrderContent({ order, access, payingSince, aheadMs, lookNow }: ContentProps) {
  const { texts } = useTranslation();
  const [open, setOpen] = useState<Open>();
  const [refusal, setRefusal] = useState<Problem>();
  const now = useNow(isUnpaid(order.status));
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
        <Pay order={order} isConfirming={state === "usual"} now={now + aheadMs} />
        <Timeline order={order} />
      </div>
      <div class="order-contents">
        <Items order={order} />
        <Refunds order={order} />
        <div class="order-actions">
          <button type="button" class="button" onClick={() => setOpen("share")}>
            {texts.order.share}
          </button>
          {canCancel(order, state) && (
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
        <CancelDialog
          mayBePaid={state !== undefined}
          onConfirm={() => void cancel()}
          onClose={() => setOpen(undefined)}
        />
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
