import type { Order } from "../api/types.ts";
import { useTranslation } from "../i18n/context.tsx";
import { isKnown, StateIcon, toneOf } from "../ui/states.tsx";
import { timeline } from "./timeline.ts";

/** What happened to the order, when, and what comes. */
export function Timeline({ order }: { order: Order }) {
  const { texts, clock } = useTranslation();
  const nameOf = (status: string) => (isKnown(status) ? texts.states[status] : texts.otherState);
  return (
    <section class="card">
      <h2>{texts.order.timeline}</h2>
      <ol class="timeline">
        {timeline(order.status, order.history).map(({ status, at, stage }) => (
          <li
            key={`${status} ${at}`}
            class={`step step-${stage} tone-${toneOf(status)}`}
            aria-current={stage === "now" ? "step" : undefined}
          >
            <span class="step-icon">
              <StateIcon status={status} />
            </span>
            <span class="step-name">{nameOf(status)}</span>
            {at !== undefined && (
              <time class="step-time" dateTime={new Date(at).toISOString()}>
                {clock(at)}
              </time>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
