import { useEffect, useRef, useState } from "preact/hooks";
import type { Access } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { announce } from "../ui/announce.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { sharedAddress } from "./address.ts";

type Props = { orderId: string; access: Access; onClose: () => void };

/** The link that opens the order on another device, as text and as a QR code. */
export function ShareDialog({ orderId, access, onClose }: Props) {
  const { texts } = useTranslation();
  const [copied, setCopied] = useState(false);
  const link = sharedAddress(location.origin, orderId, access);
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setCopied(true);
      announce(texts.order.copied);
    } catch {
      field.current?.focus(); // selects the link: the customer copies it by hand
    }
  };
  return (
    <Dialog title={texts.order.share} class="dialog-small" onClose={onClose}>
      <p>{texts.order.shareDetail}</p>
      <QrCode text={link} />
      <label class="share-link">
        <span class="small soft">{texts.order.shareLink}</span>
        <input
          ref={field}
          type="text"
          readOnly
          value={link}
          onFocus={(event) => event.currentTarget.select()}
        />
      </label>
      {"clipboard" in navigator && (
        <button type="button" class="button button-wide" onClick={() => void copy()}>
          {copied ? texts.order.copied : texts.order.copy}
        </button>
      )}
    </Dialog>
  );
}

/** A QR code. Its library is loaded with the first one. Without it the link is left. */
function QrCode({ text }: { text: string }) {
  const { texts } = useTranslation();
  const [rows, setRows] = useState<boolean[][]>();
  useEffect(() => {
    void import("uqr").then(
      ({ encode }) => setRows(encode(text, { border: 2 }).data),
      () => undefined,
    );
  }, [text]);
  if (!rows) return null;
  const size = rows.length;
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={texts.order.qrCode}>
      <path d={path.join("")} />
    </svg>
  );
}
