import type { Catalogue } from "./catalogue.ts";

/** The languages of the pages. A new one is a file in `catalogues/` and a line here. */
const LANGUAGES = {
  en: { locale: "en", load: () => import("./catalogues/en.ts") },
  zh: { locale: "zh-CN", load: () => import("./catalogues/zh.ts") },
} satisfies Record<string, { locale: string; load: () => Promise<{ catalogue: Catalogue }> }>;

export type Language = keyof typeof LANGUAGES;
export const languages = Object.keys(LANGUAGES) as Language[];

export const isLanguage = (value: unknown): value is Language =>
  typeof value === "string" && Object.hasOwn(LANGUAGES, value);

export const load = async (language: Language): Promise<Catalogue> =>
  (await LANGUAGES[language].load()).catalogue;

/** Return the `lang` of a page in this language. */
export const langOf = (language: Language): string => LANGUAGES[language].locale;

/** Return the locale for money and times.
 *
 * That is the first one of the browser in this language, which knows the customer's country.
 */
export function localeOf(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => languageOf(tag) === language) ?? langOf(language);
}

/** Return the language to show: the chosen one, or the first of the browser's that there is. */
export function chooseLanguage(chosen: unknown, preferred: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen;
  return preferred.map(languageOf).find(isLanguage) ?? "en";
}

export const nextLanguage = (language: Language): Language =>
  languages[(languages.indexOf(language) + 1) % languages.length] ?? language;

const languageOf = (tag: string) => tag.toLowerCase().split("-")[0] ?? "";
