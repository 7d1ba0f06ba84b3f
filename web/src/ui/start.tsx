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
import { announce } from "./announce.tsx";
import { EmptyPlate } from "./empty-plate.tsx";
import "./tokens.css";
import "./base.css";

const STORED = "gorder.language";
const SetLanguage = createContext<(language: Language) => void>(() => undefined);

/** Return the function that changes the page's language, and keeps the choice. */
export const useSetLanguage = () => useContext(SetLanguage);

/** Load the texts in the customer's language, and show the page. */
export async function start(Content: ComponentType): Promise<void> {
  const root = document.getElementById("page");
  if (!root) throw new Error("the page has no element #page");
  const language = chooseLanguage(read(STORED, isLanguage), navigator.languages);
  const first = await translation(language).catch(() => undefined);
  root.replaceChildren();
  render(first ? <Translated first={first} content={Content} /> : <NotLoaded />, root);
}

/** Shown if no texts could be loaded: the network failed, or a new release replaced the files. */
function NotLoaded() {
  return (
    <main class="empty">
      <EmptyPlate sorry />
      <h1>The page could not be loaded</h1>
      <p lang="zh-CN">页面无法加载</p>
      <button type="button" class="button button-primary" onClick={() => location.reload()}>
        Reload · <span lang="zh-CN">重新加载</span>
      </button>
    </main>
  );
}

function Translated({ first, content: Content }: { first: Translation; content: ComponentType }) {
  const [current, setCurrent] = useState(first);
  const setLanguage = async (language: Language) => {
    try {
      setCurrent(await translation(language));
      write(STORED, language);
    } catch {
      announce(current.texts.problems.offline);
    }
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
