import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { useTranslation } from "../i18n/context.tsx";
import { langOf, nextLanguage } from "../i18n/languages.ts";
import { Announcer } from "./announce.tsx";
import { BackIcon } from "./icon.tsx";
import { useSetLanguage } from "./start.tsx";

type Props = { title: string; children: ComponentChildren; back?: boolean; class?: string };

/** The frame of every page: skip link, bar with the shop's name and the language, content. */
export function Page({ title, children, back, class: kind = "" }: Props) {
  const { texts } = useTranslation();
  useEffect(() => {
    document.title = `${title} · ${texts.shopName}`;
  }, [title, texts]);
  return (
    <>
      <a class="skip" href="#content">
        {texts.skipToContent}
      </a>
      <header class="bar">
        <div class="bar-inside">
          {back ? (
            <a class="button-quiet" href="/">
              <BackIcon />
              {texts.order.back}
            </a>
          ) : (
            <Brand />
          )}
          {back && <Brand />}
          <LanguageSwitch />
        </div>
      </header>
      <main id="content" tabIndex={-1} class={kind}>
        {children}
      </main>
      <Announcer />
    </>
  );
}

function Brand() {
  const { texts } = useTranslation();
  return (
    <a class="brand" href="/">
      <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="16" cy="16" r="16" class="brand-ground" />
        <path d="M6.5 16.5h19a9.5 9.5 0 0 1-19 0z" class="brand-bowl" />
        <path d="M12 13c-2-2.2 1.6-3.4 0-6M17.5 13c-2-2.2 1.6-3.4 0-6" class="brand-steam" />
      </svg>
      {texts.shopName}
    </a>
  );
}

function LanguageSwitch() {
  const { language, texts } = useTranslation();
  const setLanguage = useSetLanguage();
  const next = nextLanguage(language);
  return (
    <button
      type="button"
      class="button-quiet"
      lang={langOf(next)}
      onClick={() => setLanguage(next)}
    >
      {texts.otherLanguage}
    </button>
  );
}
