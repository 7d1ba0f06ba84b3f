import { useTranslation } from "../i18n/context.tsx";
import { Dialog } from "../ui/dialog.tsx";
import type { Stage } from "./use-placing.ts";

/** Says how far the order is, while the page waits for the shop. */
export function PlacingDialog({ stage, onStop }: { stage: Stage; onStop: () => void }) {
  const { texts } = useTranslation();
  return (
    <Dialog title={texts.placing.title} class="dialog-small">
      <div class="placing">
        <span class="spinner" aria-hidden="true" />
        <p role="status">{texts.placing[stage]}</p>
      </div>
      {stage === "retrying" && (
        <button type="button" class="button button-wide" onClick={onStop}>
          {texts.placing.stop}
        </button>
      )}
    </Dialog>
  );
}
