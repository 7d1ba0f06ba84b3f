const CALM = "M70 58c2.5 4 6 6 10 6s7.5-2 10-6";
const SORRY = "M72 63c2-2 5-3 8-3s6 1 8 3";

/** The drawing for a page that has nothing to show. */
export function EmptyPlate({ sorry }: { sorry?: boolean }) {
  return (
    <svg class="empty-drawing" viewBox="0 0 160 110" aria-hidden="true">
      <ellipse class="empty-shade" cx="80" cy="96" rx="62" ry="8" />
      <circle class="empty-plate" cx="80" cy="54" r="42" />
      <circle class="empty-well" cx="80" cy="54" r="28" />
      <path
        class="empty-line"
        d="M16 22v17a6.5 6.5 0 0 0 13 0V22M22.5 22v64M140 86V22c-8 4-11 13-11 28h11"
      />
      <path class="empty-line" d={`M71 47h.1M89 47h.1${sorry ? SORRY : CALM}`} />
    </svg>
  );
}
