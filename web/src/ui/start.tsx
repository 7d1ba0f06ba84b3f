import { type ComponentType, createContext, render } from "preact";
import { useContext, useState } from "preact/hooks";
import { read, write } from "../api/storage.ts";
import { type Translation, TranslationContext } from "../i18n/context.tsx";
import {
  chooseLanguage,
  isLanguage,
  type Language,
  langOf,
  load,
  localeOf,
} from "../i18n/languages.ts";
import "./tokens.css";
import "./base.css";

const STORED = "gorder.language";
const SetLanguage = createContext<(language: Language) => void>(() => undefined);

/** Return the function that changes the page's language, and keeps the choice. */
export const useSetLanguage = () => useContext(SetLanguage);

/** Load the texts in the customer's language, and show the page. */
export async function start(Content: ComponentType): Promise<void> {
  const language = chooseLanguage(read(STORED, isLanguage), navigator.languages);
  const first = await translation(language);
  const root = document.getElementById("page");
  if (!root) throw new Error("the page has no element #page");
  root.replaceChildren();
  render(<Translated first={first} content={Content} />, root);
}

function Translated({ first, content: Content }: { first: Translation; content: ComponentType }) {
  const [current, setCurrent] = useState(first);
  const setLanguage = async (language: Language) => {
    write(STORED, language);
    setCurrent(await translation(language));
  };
  return (
    <SetLanguage.Provider value={setLanguage}>
      <TranslationContext.Provider value={current}>
        <Content />
      </TranslationContext.Provider>
    </SetLanguage.Provider>
  );
}

async function translation(language: Language): Promise<Translation> {
  const texts = await load(language);
  document.documentElement.lang = langOf(language);
  return { language, locale: localeOf(language, navigator.languages), texts };
}
