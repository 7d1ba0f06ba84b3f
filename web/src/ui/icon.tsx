import type { ComponentChildren } from "preact";

/** A drawing of lines on 24 by 24, in the colour of the text beside it. Hidden from readers. */
export function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      {children}
    </svg>
  );
}

export const PlusIcon = () => (
  <Icon>
    <path d="M12 5.5v13M5.5 12h13" />
  </Icon>
);
export const MinusIcon = () => (
  <Icon>
    <path d="M5.5 12h13" />
  </Icon>
);
export const BasketIcon = () => (
  <Icon>
    <path d="M3.5 9.5h17l-1.7 8.4a2 2 0 0 1-2 1.6H7.2a2 2 0 0 1-2-1.6zM8 9.5l3-5M16 9.5l-3-5" />
  </Icon>
);
export const NoteIcon = () => (
  <Icon>
    <path d="m4.5 19.5.9-3.9L15.8 5.2a2 2 0 0 1 2.9 2.9L8.3 18.6zM13.8 7.2l2.9 2.9" />
  </Icon>
);
export const BackIcon = () => (
  <Icon>
    <path d="M14.5 5.5 8 12l6.5 6.5" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon>
    <path d="m6.5 6.5 11 11m0-11-11 11" />
  </Icon>
);
export const AlertIcon = () => (
  <Icon>
    <path d="M12 4 2.8 19.5h18.4zM12 10v4.2M12 16.9h.01" />
  </Icon>
);
export const OfflineIcon = () => (
  <Icon>
    <path d="M4 4l16 16M5 11.5a10.5 10.5 0 0 1 4-2.4M12.5 8.2A10.6 10.6 0 0 1 19 11.5M8.4 14.9a5.4 5.4 0 0 1 5.2-1.3M12 18.6h.01" />
  </Icon>
);
export const PauseIcon = () => (
  <Icon>
    <path d="M5 9h11.5v4.5A4.5 4.5 0 0 1 12 18H9.5a4.5 4.5 0 0 1-4.5-4.5zM16.5 10.5h1.3a2.2 2.2 0 0 1 0 4.4h-1.5M8.5 6V4.5M12.5 6V4.5" />
  </Icon>
);
export const ClockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7v5.2l3.3 2" />
  </Icon>
);
