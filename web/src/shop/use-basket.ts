import { useEffect, useState } from "preact/hooks";
import { type Basket, storeBasket, storedBasket } from "./basket.ts";

export type Change = (change: (basket: Basket) => Basket) => void;

/** Return the basket and the function that changes it. Other tabs of the shop see the change. */
export function useBasket(): [Basket, Change] {
  const [basket, setBasket] = useState(storedBasket);
  useEffect(() => {
    const changedElsewhere = () => setBasket(storedBasket());
    window.addEventListener("storage", changedElsewhere);
    window.addEventListener("pageshow", changedElsewhere); // the browser may show an old copy
    return () => {
      window.removeEventListener("storage", changedElsewhere);
      window.removeEventListener("pageshow", changedElsewhere);
    };
  }, []);
  const change: Change = (how) => {
    const changed = how(storedBasket());
    storeBasket(changed);
    setBasket(changed);
  };
  return [basket, change];
}
