/** When a page is seen and connected. The browser's is the default; tests have their own. */
export type Surroundings = {
  hidden: () => boolean;
  /** Call `wake` when the page is seen again, `connected` when the network is back. */
  listen: (wake: () => void, connected: () => void) => () => void;
};

export type Watch = { lookNow: () => void; stop: () => void };

const LEAST_MS = 1000; // between a look and one because the page is seen again

/** Call `look` now, and again after the milliseconds that it returns; null: no more by itself.
 *
 * It is never called twice at a time, and not while the page is hidden. It is called at once when
 * the page is seen again or the network is back. `look` must not throw.
 */
export function watch(look: () => Promise<number | null>, around = browser): Watch {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let again = false;
  let stopped = false;
  let startedAt = 0; // not the time of day, which a phone may set back

  const schedule = (delay: number) => {
    clearTimeout(timer);
    timer = setTimeout(run, delay);
  };
  const run = async () => {
    if (stopped || around.hidden()) return;
    if (running) {
      again = true;
      return;
    }
    clearTimeout(timer);
    running = true;
    startedAt = performance.now();
    const delay = await look();
    running = false;
    if (stopped) return;
    if (again) schedule(0);
    else if (delay !== null) schedule(delay);
    again = false;
  };
  const wake = () => {
    if (!running) schedule(Math.max(0, startedAt + LEAST_MS - performance.now()));
  };
  const forget = around.listen(wake, run);
  void run();
  return {
    lookNow: () => void run(),
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      forget();
    },
  };
}

const browser: Surroundings = {
  hidden: () => document.visibilityState === "hidden",
  listen: (wake, connected) => {
    const seen = () => {
      if (document.visibilityState === "visible") wake();
    };
    document.addEventListener("visibilitychange", seen);
    window.addEventListener("focus", seen);
    window.addEventListener("pageshow", seen);
    window.addEventListener("online", connected);
    return () => {
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("focus", seen);
      window.removeEventListener("pageshow", seen);
      window.removeEventListener("online", connected);
    };
  },
};
