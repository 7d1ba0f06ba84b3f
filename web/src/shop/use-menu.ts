import { useEffect, useRef, useState } from "preact/hooks";
import { readMenu } from "../api/client.ts";
import type { Problem } from "../api/problem.ts";
import { backOff } from "../api/retry.ts";
import type { Menu } from "../api/types.ts";
import { type Watch, watch } from "../api/watch.ts";

const REFRESH_MS = 10_000;

/** The menu as last read. `problem` is that of the newest look, `readAt` the time of `menu`. */
export type MenuState = { menu?: Menu; readAt: number; problem?: Problem };

/** Return the menu, kept up to date while the page is seen, and a function that reads it now. */
export function useMenu(): [MenuState, () => void] {
  const [state, setState] = useState<MenuState>({ readAt: 0 });
  const watching = useRef<Watch>(null);
  const fresh = useRef(false);
  useEffect(() => {
    let failures = 0;
    const look = async () => {
      const now = fresh.current;
      fresh.current = false;
      const result = await readMenu(now);
      if (result.ok) {
        failures = 0;
        setState({ menu: result.value, readAt: Date.now() });
        return REFRESH_MS;
      }
      const { problem } = result;
      failures += 1;
      setState((before) => (failures > 1 || !before.menu ? { ...before, problem } : before));
      return backOff(failures, problem);
    };
    watching.current = watch(look);
    return () => watching.current?.stop();
  }, []);
  const readNow = () => {
    fresh.current = true;
    watching.current?.lookNow();
  };
  return [state, readNow];
}
