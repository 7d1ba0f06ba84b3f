import { useTranslation } from "../i18n/context.tsx";
import { EmptyPlate } from "../ui/empty-plate.tsx";

/** Says why there is no order to show, and leads to the menu. */
export function DeadEnd({ title, detail }: { title: string; detail: string }) {
  const { texts } = useTranslation();
  return (
    <div class="empty">
      <EmptyPlate sorry />
      <h1>{title}</h1>
      <p>{detail}</p>
      <a class="button button-primary" href="/">
        {texts.order.toMenu}
      </a>
    </div>
  );
}
