import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Colours = Record<string, string>;

const css = readFileSync("src/ui/tokens.css", "utf8");
const [light = "", dark = ""] = css.split("@media (prefers-color-scheme: dark)");
const colours = (part: string): Colours =>
  Object.fromEntries([...part.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
const schemes = { light: colours(light), dark: { ...colours(light), ...colours(dark) } };

const TONES = ["quiet", "wait", "paid", "cook", "done", "closed", "back"];
const TEXTS: [string, string][] = [
  ...["ink", "ink-soft", "accent"].flatMap((ink): [string, string][] => [
    [ink, "ground"],
    [ink, "surface"],
  ]),
  ["ink", "sunken"],
  ["accent", "accent-soft"],
  ["on-accent", "accent"],
  ["on-accent", "accent-strong"],
  ["on-accent", "cook"],
  ...TONES.flatMap((tone): [string, string][] => [
    [tone, `${tone}-soft`],
    [tone, "surface"],
    ["ink", `${tone}-soft`],
  ]),
];
const LINES: [string, string][] = [
  ["line-strong", "surface"],
  ["line-strong", "ground"],
  ["focus", "surface"],
  ["focus", "ground"],
];

/** The contrast of two colours: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(one: string, two: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const tooFaint = (scheme: Colours, pairs: [string, string][], least: number) =>
  pairs.filter(([ink, ground]) => !(contrast(scheme[ink] ?? "", scheme[ground] ?? "") >= least));

test.each(Object.entries(schemes))("texts can be read in %s", (_, scheme) => {
  expect(tooFaint(scheme, TEXTS, 4.5)).toEqual([]);
});

test.each(Object.entries(schemes))("borders and focus can be seen in %s", (_, scheme) => {
  expect(tooFaint(scheme, LINES, 3)).toEqual([]);
});

test("only the tokens have colours, but for the QR code", () => {
  for (const file of ["src/ui/base.css", "src/shop/shop.css", "src/order/order.css"]) {
    const found = readFileSync(file, "utf8").match(/#[0-9a-f]{3,8}\b|rgb\(/g) ?? [];
    expect(found.filter((colour) => !["#fff", "#000"].includes(colour))).toEqual([]);
  }
});

test("the lock file names no address of a registry", () => {
  expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
});
