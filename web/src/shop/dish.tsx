import { useState } from "preact/hooks";
import type { MenuItem } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { Stepper } from "../ui/stepper.tsx";

const FEW = 5;

type Props = {
  item: MenuItem;
  quantity: number;
  shopPaused: boolean;
  onAdd: () => void;
  onTake: () => void;
};

/** A dish on the menu: picture, description, price, what is left, and how many are in the basket. */
export function Dish({ item, quantity, shopPaused, onAdd, onTake }: Props) {
  const { texts, money } = useTranslation();
  const paused = item.paused === true || shopPaused;
  const left = paused ? 0 : item.available;
  return (
    <li class={left > 0 ? "dish" : "dish dish-gone"}>
      <Picture src={item.image} />
      <div class="dish-text">
        <h3 class="dish-name">
          <bdi>{item.name}</bdi>
        </h3>
        {item.description && (
          <p class="dish-description" dir="auto">
            {item.description}
          </p>
        )}
        <div class="dish-foot">
          <p class="dish-price">
            <span class="money">{money(item.unit_amount, item.currency)}</span>
            <Left left={left} paused={paused} />
          </p>
          {(left > 0 || quantity > 0) && (
            <Stepper
              quantity={quantity}
              lessName={texts.menu.less(item.name)}
              moreName={texts.menu.add(item.name)}
              full={quantity >= left}
              onLess={onTake}
              onMore={onAdd}
            />
          )}
        </div>
      </div>
    </li>
  );
}

function Left({ left, paused }: { left: number; paused: boolean }) {
  const { texts } = useTranslation();
  if (paused) return <span class="chip tone-quiet">{texts.menu.paused}</span>;
  if (left === 0) return <span class="chip tone-closed">{texts.menu.soldOut}</span>;
  if (left > FEW) return null;
  return <span class="chip tone-wait">{texts.menu.left(left)}</span>;
}

function Picture({ src }: { src: string | undefined }) {
  const [failed, setFailed] = useState<string>();
  if (!src || failed === src) {
    return (
      <svg class="dish-picture dish-plate" viewBox="0 0 64 48" aria-hidden="true">
        <circle cx="32" cy="24" r="14" />
        <circle cx="32" cy="24" r="8.5" />
        <path d="M10 12v9a3 3 0 0 0 6 0v-9M13 12v24M51 36V12c-3 2-4 6-4 12h4" />
      </svg>
    );
  }
  return (
    <img
      class="dish-picture"
      src={src}
      alt=""
      width="320"
      height="240"
      loading="lazy"
      decoding="async"
      onError={() => setFailed(src)}
    />
  );
}
