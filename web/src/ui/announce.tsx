import { useEffect, useState } from "preact/hooks";

type Listener = (text: string) => void;
const listeners = new Set<Listener>();

/** Have a screen reader say a change that is seen elsewhere on the page. */
export function announce(text: string): void {
  for (const listener of listeners) listener(text);
}

/** Where announcements are read from. A dialog has its own, because the page behind it is inert. */
export function Announcer() {
  const [text, setText] = useState("");
  useEffect(() => {
    listeners.add(setText);
    return () => void listeners.delete(setText);
  }, []);
  return (
    <p class="unseen" role="status">
      {text}
    </p>
  );
}
