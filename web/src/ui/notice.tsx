import type { ComponentChildren } from "preact";
import { isRetryable, type Problem } from "../api/problem.ts";
import { needsNumber, problemKind } from "../api/problem-kind.ts";
import { useTranslation } from "../i18n/context.tsx";
import { AlertIcon, OfflineIcon } from "./icon.tsx";

type Props = {
  tone: "quiet" | "wait" | "cook" | "paid";
  icon: ComponentChildren;
  title?: string;
  children?: ComponentChildren;
  /** Say it at once: for what the customer's own action met. */
  urgent?: boolean;
};

/** A box with something that the customer should know. */
export function Notice({ tone, icon, title, children, urgent }: Props) {
  return (
    <div class={`notice tone-${tone}`} role={urgent ? "alert" : "status"}>
      {icon}
      <div class="notice-text">
        {title && <p class="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}

/** A problem in plain words, with its number if the shop can do something with that. */
export function ProblemNotice({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const { texts } = useTranslation();
  const kind = problemKind(problem);
  return (
    <Notice tone="cook" icon={kind === "offline" ? <OfflineIcon /> : <AlertIcon />} urgent>
      <p>{texts.problems[kind]}</p>
      {problem.traceId && needsNumber(problem) && (
        <p class="small">{texts.problemNumber(problem.traceId)}</p>
      )}
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          {texts.tryAgain}
        </button>
      )}
    </Notice>
  );
}

/** Why the newest look failed: what is shown is from the time `since`. */
export function LookNotice({ problem, since }: { problem: Problem; since: number }) {
  return isRetryable(problem) ? <StaleNotice since={since} /> : <ProblemNotice problem={problem} />;
}

function StaleNotice({ since }: { since: number }) {
  const { texts, clock } = useTranslation();
  return (
    <Notice tone="quiet" icon={<OfflineIcon />}>
      <p>{texts.offlineSince(clock(since))}</p>
    </Notice>
  );
}
