import { expect, test } from "vitest";
import { chooseLanguage, languages, load, localeOf, nextLanguage } from "../src/i18n/languages.ts";
import { money } from "../src/i18n/money.ts";
import { clock, countdown } from "../src/i18n/times.ts";

test("the language is the chosen one, or the browser's first that there is", () => {
  expect(chooseLanguage(undefined, ["zh-CN", "en"])).toBe("zh");
  expect(chooseLanguage(undefined, ["fr-FR", "zh-Hant-TW", "en"])).toBe("zh");
  expect(chooseLanguage(undefined, ["fr"])).toBe("en");
  expect(chooseLanguage(undefined, [])).toBe("en");
  expect(chooseLanguage("en", ["zh"])).toBe("en");
  expect(chooseLanguage("xx", ["zh"])).toBe("zh");
  expect(chooseLanguage("toString", ["zh"])).toBe("zh");
});

test("the locale is the browser's in the page's language", () => {
  expect(localeOf("en", ["zh-CN", "en-GB"])).toBe("en-GB");
  expect(localeOf("zh", ["en-GB"])).toBe("zh-CN");
});

test("the switch goes through all languages", () => {
  let language = languages[0] ?? "en";
  const seen = languages.map(() => {
    language = nextLanguage(language);
    return language;
  });
  expect(new Set(seen)).toEqual(new Set(languages));
});

test("no text is empty, and each uses what it is given", async () => {
  for (const language of languages) {
    const missing: string[] = [];
    check(await load(language), language, missing);
    expect(missing).toEqual([]);
  }
});

function check(value: unknown, path: string, missing: string[]): void {
  if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) check(part, `${path}.${key}`, missing);
    return;
  }
  const given = ["7", "8"];
  const text = typeof value === "function" ? String(value(...given)) : String(value);
  const used = typeof value === "function" ? given.slice(0, value.length) : [];
  if (!text.trim() || used.some((part) => !text.includes(part))) missing.push(path);
}

const plain = (text: string) => text.replace(/\s/g, " ");

test("money has the decimals of the API", () => {
  expect(money(1150, "eur", "en")).toBe("€11.50");
  expect(plain(money(1150, "eur", "de"))).toBe("11,50 €");
  expect(money(1150, "jpy", "ja")).toMatch(/1,150/);
  expect(money(1150, "kwd", "en")).toMatch(/1\.150/);
  expect(money(150_000, "isk", "en")).toMatch(/1,500$/);
  expect(money(150_000, "ugx", "en")).toMatch(/1,500$/);
  expect(money(500, "mga", "en")).toMatch(/500$/);
  expect(money(-414, "eur", "en")).toBe("-€4.14");
  expect(money(0, "eur", "en")).toBe("€0.00");
});

test("a time is that of the day, with the date if it is not today's", () => {
  const now = Date.parse("2026-11-29T12:00:00Z");
  expect(clock(now - 60_000, "en-GB", now)).toMatch(/^\d\d:\d\d$/);
  expect(clock(now - 40 * 3_600_000, "en-GB", now)).toMatch(/Nov/);
});

test("what is left of a time counts down to zero", () => {
  expect(countdown(61_000)).toBe("1:01");
  expect(countdown(59_001)).toBe("1:00");
  expect(countdown(3_723_000)).toBe("1:02:03");
  expect(countdown(-5)).toBe("0:00");
});
