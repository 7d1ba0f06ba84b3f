import type { MenuItem } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { EmptyPlate } from "../ui/empty-plate.tsx";
import { PauseIcon } from "../ui/icon.tsx";
import { LookNotice, Notice, ProblemNotice } from "../ui/notice.tsx";
import { type Basket, quantityOf } from "./basket.ts";
import { categories } from "./categories.ts";
import { Dish } from "./dish.tsx";
import type { MenuState } from "./use-menu.ts";

type Props = {
  state: MenuState;
  basket: Basket;
  onAdd: (item: MenuItem) => void;
  onTake: (item: MenuItem) => void;
  onRetry: () => void;
};

/** The menu by category, or why there is none. */
export function MenuView({ state, basket, onAdd, onTake, onRetry }: Props) {
  const { texts } = useTranslation();
  const { menu, problem, readAt } = state;
  if (!menu) return problem ? <Unreachable {...{ problem, onRetry }} /> : <Loading />;
  const groups = categories(menu.items);
  const nameOf = (name: string) => name || (groups.length > 1 ? texts.menu.otherDishes : "");
  return (
    <>
      {menu.paused && (
        <Notice tone="wait" icon={<PauseIcon />} title={texts.menu.shopPaused}>
          <p>{texts.menu.shopPausedDetail}</p>
        </Notice>
      )}
      {problem && <LookNotice problem={problem} since={readAt} />}
      {groups.length > 1 && (
        <nav class="categories" aria-label={texts.menu.categories}>
          {groups.map(({ name }, index) => (
            <a key={name} class="category-link" href={`#category-${index + 1}`}>
              {nameOf(name)}
            </a>
          ))}
        </nav>
      )}
      {groups.map(({ name, items }, index) => (
        <section key={name} id={`category-${index + 1}`} class="category" tabIndex={-1}>
          {nameOf(name) ? <h2>{nameOf(name)}</h2> : <h2 class="unseen">{texts.menu.title}</h2>}
          <ul class="dishes">
            {items.map((item) => (
              <Dish
                key={item.id}
                item={item}
                quantity={quantityOf(basket, item.id)}
                shopPaused={menu.paused === true}
                onAdd={() => onAdd(item)}
                onTake={() => onTake(item)}
              />
            ))}
          </ul>
        </section>
      ))}
      {menu.items.length === 0 && (
        <div class="empty">
          <EmptyPlate />
          <h2>{texts.menu.empty}</h2>
          <p>{texts.menu.emptyDetail}</p>
        </div>
      )}
    </>
  );
}

function Unreachable({
  problem,
  onRetry,
}: Required<Pick<MenuState, "problem">> & { onRetry: () => void }) {
  const { texts } = useTranslation();
  return (
    <div class="empty">
      <EmptyPlate sorry />
      <h2>{texts.menu.unreachable}</h2>
      <ProblemNotice problem={problem} onRetry={onRetry} />
    </div>
  );
}

function Loading() {
  const { texts } = useTranslation();
  return (
    <div role="status">
      <p class="unseen">{texts.menu.loading}</p>
      <div class="dishes" aria-hidden="true">
        {[1, 2, 3, 4, 5, 6].map((place) => (
          <div key={place} class="dish dish-skeleton">
            <div class="dish-picture skeleton" />
            <div class="dish-text">
              <div class="skeleton skeleton-line" />
              <div class="skeleton skeleton-line skeleton-long" />
              <div class="skeleton skeleton-line skeleton-short" />
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}
