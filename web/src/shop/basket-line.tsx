import { useId, useState } from "preact/hooks";
import type { MenuItem } from "../api/types.ts";
import type { Catalogue } from "../i18n/catalogue.ts";
import { useTranslation } from "../i18n/context.tsx";
import { NoteIcon, PlusIcon } from "../ui/icon.tsx";
import { Stepper } from "../ui/stepper.tsx";
import { type Line, NOTE_LENGTH } from "./basket.ts";
import type { Trouble } from "./trouble.ts";

type Props = {
  line: Line;
  item: MenuItem | undefined;
  isLast: boolean;
  /** No more of the product can be had. */
  full: boolean;
  trouble: Trouble | undefined;
  onQuantity: (quantity: number) => void;
  onNote: (note: string) => void;
  onAnother: () => void;
};

/** A line of the basket, with its note and what is wrong with it. */
export function BasketLine({
  line,
  item,
  isLast,
  full,
  trouble,
  onQuantity,
  onNote,
  onAnother,
}: Props) {
  const { texts, money } = useTranslation();
  const name = item?.name ?? line.name;
  const amount = item && money(item.unit_amount * line.quantity, item.currency);
  return (
    <li class={trouble ? "line line-trouble" : "line"}>
      <div class="line-main">
        <div>
          <p class="line-name">
            <bdi>{name}</bdi>
          </p>
          {item && line.quantity > 1 && (
            <p class="small soft">{texts.basket.each(money(item.unit_amount, item.currency))}</p>
          )}
        </div>
        <span class="money">{amount}</span>
      </div>
      {trouble && <p class="line-problem">{troubleText(trouble, texts)}</p>}
      <div class="line-tools">
        <Note name={name} note={line.note} onNote={onNote} />
        <Stepper
          quantity={line.quantity}
          lessName={line.quantity === 1 ? texts.basket.remove(name) : texts.basket.less(name)}
          moreName={texts.basket.more(name)}
          full={full}
          onLess={() => onQuantity(line.quantity - 1)}
          onMore={() => onQuantity(line.quantity + 1)}
        />
      </div>
      {isLast && line.note && item && (
        <button
          type="button"
          class="button-text"
          aria-label={texts.basket.anotherOf(name)}
          onClick={onAnother}
        >
          <PlusIcon />
          {texts.basket.another}
        </button>
      )}
    </li>
  );
}

function troubleText({ kind, left }: Trouble, { basket }: Catalogue): string {
  if (kind === "onlyLeft") return basket.onlyLeft(left);
  return kind === "shareLimit" ? basket.shareLimit(left) : basket[kind];
}

const NEARLY_FULL = 30;

function Note({ name, note, onNote }: { name: string; note: string; onNote: Props["onNote"] }) {
  const { texts } = useTranslation();
  const [open, setOpen] = useState(note !== "");
  const help = useId();
  const left = NOTE_LENGTH - [...note].length;
  if (!open) {
    return (
      <button
        type="button"
        class="button-text"
        aria-label={texts.basket.addNoteTo(name)}
        onClick={() => setOpen(true)}
      >
        <NoteIcon />
        {texts.basket.addNote}
      </button>
    );
  }
  return (
    <div class="note">
      <input
        class="note-input"
        type="text"
        dir="auto"
        aria-label={texts.basket.noteFor(name)}
        aria-describedby={help}
        placeholder={texts.basket.noteExample}
        maxLength={NOTE_LENGTH * 2}
        autoComplete="off"
        enterKeyHint="done"
        value={note}
        ref={(input) => {
          if (input && note === "" && document.activeElement === document.body) input.focus();
        }}
        onInput={(event) => onNote(event.currentTarget.value)}
        onBlur={() => setOpen(note.trim() !== "")}
      />
      <span id={help} class="small soft">
        {left <= NEARLY_FULL && texts.basket.charactersLeft(left)}
      </span>
    </div>
  );
}
