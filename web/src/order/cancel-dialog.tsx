import { useTranslation } from "../i18n/context.tsx";
import { Dialog } from "../ui/dialog.tsx";

type Props = { mayBePaid: boolean; onConfirm: () => void; onClose: () => void };

/** Asks before an order is cancelled. `mayBePaid`: the customer came back from paying. */
export function CancelDialog({ mayBePaid, onConfirm, onClose }: Props) {
  const { texts } = useTranslation();
  return (
    <Dialog title={texts.order.cancelQuestion} class="dialog-small" onClose={onClose}>
      <p>{mayBePaid ? texts.order.cancelDetailMayBePaid : texts.order.cancelDetail}</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick={onClose}>
          {texts.order.cancelNo}
        </button>
        <button type="button" class="button button-danger-full" onClick={onConfirm}>
          {texts.order.cancelYes}
        </button>
      </div>
    </Dialog>
  );
}
