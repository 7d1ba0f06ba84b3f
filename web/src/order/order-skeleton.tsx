import { useTranslation } from "../i18n/context.tsx";

/** The shape of an order while it is loaded. */
export function OrderSkeleton() {
  const { texts } = useTranslation();
  return (
    <div class="order" role="status">
      <p class="unseen">{texts.order.loading}</p>
      <div class="order-state" aria-hidden="true">
        <div class="skeleton skeleton-hero" />
        <div class="skeleton skeleton-card" />
      </div>
      <div class="order-contents" aria-hidden="true">
        <div class="skeleton skeleton-card" />
      </div>
    </div>
  );
}
