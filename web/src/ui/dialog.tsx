import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useTranslation } from "../i18n/context.tsx";
import { Announcer } from "./announce.tsx";
import { CloseIcon } from "./icon.tsx";

type Props = {
  title: string;
  children: ComponentChildren;
  /** Without it the dialog stays until the page takes it away. */
  onClose?: () => void;
  class?: string;
};

/** A modal dialog. The focus returns to where it was when the dialog goes. */
export function Dialog({ title, children, onClose, class: kind = "" }: Props) {
  const { texts } = useTranslation();
  const heading = useId();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the Escape key is the keyboard's way, see onCancel
    <dialog
      ref={element}
      class={`dialog ${kind}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      // A browser may close a dialog although its cancelling was prevented.
      onClose={() => (onClose ? onClose() : element.current?.showModal())}
      onClick={(event) => {
        if (event.target === element.current) onClose?.();
      }}
    >
      <div class="dialog-inside">
        <header class="dialog-head">
          <h2 id={heading} tabIndex={-1}>
            {title}
          </h2>
          {onClose && (
            <button type="button" class="button-round" aria-label={texts.close} onClick={onClose}>
              <CloseIcon />
            </button>
          )}
        </header>
        {children}
        <Announcer />
      </div>
    </dialog>
  );
}
