import { useEffect, useState } from "preact/hooks";
import type { Problem } from "../api/problem.ts";
import type { MenuItem } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { announce } from "../ui/announce.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { BasketIcon } from "../ui/icon.tsx";
import { Page } from "../ui/page.tsx";
import { useWide } from "../ui/use-wide.ts";
import { isResumed, keptAttempt } from "./attempt.ts";
import {
  addOne,
  count,
  orderedItems,
  quantityOf,
  storedBasket,
  takeOne,
  totals,
  withoutOrdered,
} from "./basket.ts";
import { BasketView } from "./basket-view.tsx";
import { MenuView } from "./menu-view.tsx";
import { MyOrdersView } from "./my-orders-view.tsx";
import { PlacingDialog } from "./placing-dialog.tsx";
import { isAboutLines, troubles } from "./trouble.ts";
import { useBasket } from "./use-basket.ts";
import { useMenu } from "./use-menu.ts";
import { usePlacing } from "./use-placing.ts";

/** The shop: the menu, the basket, and the way to the payment page. */
export function Shop() {
  const { texts } = useTranslation();
  const wide = useWide();
  const [state, readNow] = useMenu();
  const [basket, changeBasket] = useBasket();
  const [refusal, setRefusal] = useState<Problem>();
  const [isOpen, setOpen] = useState(false);
  const { stage, place, stop } = usePlacing({
    onPlaced: (items) => changeBasket((now) => withoutOrdered(now, items)),
    onKept: () => changeBasket((now) => now), // "Your orders" has it now
    onRefused: (problem) => {
      setRefusal(problem);
      setOpen(true);
      readNow();
    },
  });
  useEffect(() => {
    const attempt = keptAttempt();
    if (isResumed(attempt, orderedItems(basket))) void place(attempt.items, attempt.shown ?? []);
  }, []);
  useEffect(() => {
    if (state.menu?.paused) setRefusal(undefined); // the menu says it, and when it is over
  }, [state.menu?.paused]);

  const change: typeof changeBasket = (how) => {
    setRefusal(undefined);
    changeBasket(how);
  };
  const order = () => {
    const stored = storedBasket(); // another tab may have changed it
    changeBasket(() => stored);
    if (stored.length > 0)
      void place(orderedItems(stored), totals(basket, state.menu?.items ?? []));
  };
  const say = ({ name }: MenuItem, quantity: number) => {
    announce(quantity ? texts.basket.added(name, quantity) : texts.basket.removed(name));
  };
  const found = troubles(basket, state.menu, refusal);
  const aboutLines = refusal !== undefined && isAboutLines(refusal);
  const view = (
    <BasketView
      basket={basket}
      menu={state.menu}
      found={found}
      problem={aboutLines ? undefined : (refusal ?? (state.menu ? undefined : state.problem))}
      change={change}
      onOrder={order}
    />
  );
  return (
    <Page title={texts.menu.title} class="shop">
      <div class="shop-menu">
        <MyOrdersView />
        <h1>{texts.menu.headline}</h1>
        <p class="introduction">{texts.menu.introduction}</p>
        <MenuView
          state={state}
          basket={basket}
          onAdd={(item) => {
            change((now) => addOne(now, item));
            say(item, quantityOf(basket, item.id) + 1);
          }}
          onTake={(item) => {
            change((now) => takeOne(now, item.id));
            say(item, quantityOf(basket, item.id) - 1);
          }}
          onRetry={readNow}
        />
      </div>
      {wide ? (
        <aside class="shop-basket" aria-label={texts.basket.title}>
          <h2>{texts.basket.title}</h2>
          {view}
        </aside>
      ) : (
        basket.length > 0 && (
          <BasketBar basket={basket} menu={state.menu} open={() => setOpen(true)} />
        )
      )}
      {!wide && isOpen && !stage && (
        <Dialog title={texts.basket.title} class="dialog-sheet" onClose={() => setOpen(false)}>
          {view}
        </Dialog>
      )}
      {stage && <PlacingDialog stage={stage} onStop={stop} />}
    </Page>
  );
}

type BarProps = {
  basket: Parameters<typeof count>[0];
  menu: { items: Parameters<typeof totals>[1] } | undefined;
  open: () => void;
};

function BasketBar({ basket, menu, open }: BarProps) {
  const { texts, money } = useTranslation();
  const total = totals(basket, menu?.items ?? [])
    .map(({ amount, currency }) => money(amount, currency))
    .join(" + ");
  return (
    <div class="basket-bar">
      <button type="button" class="button button-primary basket-button" onClick={open}>
        <span class="basket-count">
          <BasketIcon />
          {texts.basket.count(count(basket))}
        </span>{" "}
        <span>{texts.basket.view}</span> <span class="money">{total}</span>
      </button>
    </div>
  );
}
