import { useRef } from "preact/hooks";
import { MinusIcon, PlusIcon } from "./icon.tsx";

type Props = {
  quantity: number;
  lessName: string;
  moreName: string;
  /** No more can be had. The button stays, so that the focus does. */
  full: boolean;
  onLess: () => void;
  onMore: () => void;
};

/** A quantity with buttons. Without a quantity there is only the button that adds one. */
export function Stepper({ quantity, lessName, moreName, full, onLess, onMore }: Props) {
  const more = useRef<HTMLButtonElement>(null);
  const less = () => {
    if (quantity === 1) more.current?.focus();
    onLess();
  };
  return (
    <div class={quantity > 0 ? "stepper stepper-open" : "stepper"}>
      {quantity > 0 && (
        <>
          <button type="button" class="button-round" aria-label={lessName} onClick={less}>
            <MinusIcon />
          </button>
          <span class="stepper-quantity">{quantity}</span>
        </>
      )}
      <button
        ref={more}
        type="button"
        class="button-round button-accent"
        aria-label={moreName}
        aria-disabled={full}
        onClick={full ? undefined : onMore}
      >
        <PlusIcon />
      </button>
    </div>
  );
}
