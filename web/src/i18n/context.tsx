import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Catalogue } from "./catalogue.ts";
import type { Language } from "./languages.ts";
import { money } from "./money.ts";
import { clock } from "./times.ts";

export type Translation = { language: Language; locale: string; texts: Catalogue };
export const TranslationContext = createContext<Translation | null>(null);

/** Return the texts, and the formats of money and times, in the page's language. */
export function useTranslation() {
  const translation = useContext(TranslationContext);
  if (!translation) throw new Error("a component is outside of Page");
  const { language, locale, texts } = translation;
  return {
    language,
    texts,
    money: (amount: number, currency: string) => money(amount, currency, locale),
    clock: (at: number) => clock(at, locale),
  };
}
