import { useRef } from "preact/hooks";
import type { Problem } from "../api/problem.ts";
import type { Menu } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { announce } from "../ui/announce.tsx";
import { AlertIcon, BasketIcon } from "../ui/icon.tsx";
import { Notice, ProblemNotice } from "../ui/notice.tsx";
import {
  addLine,
  type Basket,
  type Line,
  quantityOf,
  setNote,
  setQuantity,
  totals,
} from "./basket.ts";
import { BasketLine } from "./basket-line.tsx";
import { correct, type Trouble } from "./trouble.ts";
import type { Change } from "./use-basket.ts";

type Props = {
  basket: Basket;
  menu: Menu | undefined;
  found: Trouble[];
  problem: Problem | undefined;
  change: Change;
  onOrder: () => void;
};

/** The basket: lines, what is wrong with them, total, and the button that orders. */
export function BasketView({ basket, menu, found, problem, change, onOrder }: Props) {
  const { texts, money } = useTranslation();
  const top = useRef<HTMLDivElement>(null);
  const total = totals(basket, menu?.items ?? [])
    .map(({ amount, currency }) => money(amount, currency))
    .join(" + ");
  const itemOf = ({ id }: Line) => menu?.items.find((item) => item.id === id);
  const fix = () => {
    change((now) => correct(now, found));
    announce(texts.basket.corrected);
    top.current?.focus();
  };
  const order = () => {
    if (!menu && !problem) announce(texts.menu.loading);
    if (found.length > 0 || !menu || menu.paused) top.current?.focus();
    else onOrder();
  };
  const setUnits = (line: Line, quantity: number) => {
    const changed = setQuantity(basket, line.key, quantity);
    if (quantity === 0) top.current?.focus();
    change((now) => setQuantity(now, line.key, quantity));
    const left = quantityOf(changed, line.id);
    const name = itemOf(line)?.name ?? line.name;
    announce(left > 0 ? texts.basket.added(name, left) : texts.basket.removed(name));
  };
  if (basket.length === 0) {
    return (
      <div class="basket">
        <div ref={top} tabIndex={-1} class="basket-top">
          <EmptyBasket />
        </div>
      </div>
    );
  }
  return (
    <div class="basket">
      <div ref={top} tabIndex={-1} class="basket-top">
        {found.length > 0 && (
          <Notice tone="wait" icon={<AlertIcon />} title={texts.basket.troubleTitle} urgent>
            <button type="button" class="button" onClick={fix}>
              {texts.basket.correct}
            </button>
          </Notice>
        )}
        {menu?.paused && (
          <Notice tone="wait" icon={<AlertIcon />} title={texts.menu.shopPaused}>
            <p>{texts.menu.shopPausedDetail}</p>
          </Notice>
        )}
        {problem && <ProblemNotice problem={problem} />}
      </div>
      <ul class="lines">
        {basket.map((line, index) => (
          <BasketLine
            key={line.key}
            line={line}
            item={itemOf(line)}
            isLast={basket.findLastIndex(({ id }) => id === line.id) === index}
            trouble={found.find(({ id }) => id === line.id)}
            full={quantityOf(basket, line.id) >= (itemOf(line)?.available ?? 0)}
            onQuantity={(quantity) => setUnits(line, quantity)}
            onNote={(note) => change((now) => setNote(now, line.key, note))}
            onAnother={() => change((now) => addLine(now, line))}
          />
        ))}
      </ul>
      <div class="basket-foot">
        <p class="total">
          <span>{texts.basket.total}</span>
          <span class="money">{total}</span>
        </p>
        <button type="button" class="button button-primary button-wide" onClick={order}>
          {total ? texts.basket.orderFor(total) : texts.basket.order}
        </button>
        <p class="small soft">{texts.basket.payOnline}</p>
      </div>
    </div>
  );
}

function EmptyBasket() {
  const { texts } = useTranslation();
  return (
    <div class="empty empty-basket">
      <BasketIcon />
      <p>{texts.basket.empty}</p>
      <p class="soft">{texts.basket.emptyDetail}</p>
    </div>
  );
}
