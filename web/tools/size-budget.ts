import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

type Bundle = Rolldown.OutputBundle;
type Chunk = Rolldown.OutputChunk;

/** Fail the build if what a page loads is more than `limit` bytes, compressed.
 *
 * Counted are the page, its scripts and styles, and the largest catalogue of texts. Parts that are
 * loaded on demand (other languages, the QR code) are not.
 */
export function sizeBudget(limit: number): Plugin {
  return {
    name: "size-budget",
    apply: "build",
    writeBundle: {
      order: "post",
      handler(_, bundle) {
        for (const page of pages(bundle)) {
          const bytes = pageBytes(page, bundle);
          this.info(`${page}: ${bytes} bytes compressed, of at most ${limit}`);
          if (bytes > limit) this.error(`${page} has ${bytes} bytes, more than ${limit}`);
        }
      },
    },
  };
}

const pages = (bundle: Bundle) => Object.keys(bundle).filter((name) => name.endsWith(".html"));

function pageBytes(page: string, bundle: Bundle): number {
  const html = text(bundle[page]);
  const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((found) => found[1]);
  const files = new Set<string>([page]);
  for (const name of named) if (name) addWithImports(name, bundle, files);
  const sizes = [...files].map((name) => compressed(bundle[name]));
  return sizes.reduce((sum, size) => sum + size, 0) + largestCatalogue(bundle, html);
}

function addWithImports(name: string, bundle: Bundle, files: Set<string>): void {
  if (files.has(name)) return;
  files.add(name);
  const output = bundle[name];
  if (output?.type !== "chunk") return;
  for (const imported of output.imports) addWithImports(imported, bundle, files);
}

function largestCatalogue(bundle: Bundle, html: string): number {
  if (!html.includes("<script")) return 0;
  const catalogues = Object.values(bundle).filter(
    (output): output is Chunk => output.type === "chunk" && isCatalogue(output),
  );
  if (catalogues.length === 0) throw new Error("no catalogue of texts is loaded on its own");
  return Math.max(...catalogues.map(compressed));
}

const isCatalogue = (chunk: Chunk) =>
  chunk.isDynamicEntry && /\/src\/i18n\/catalogues\//.test(chunk.facadeModuleId ?? "");

const text = (output: Bundle[string] | undefined) =>
  output?.type === "chunk" ? output.code : String(output?.source ?? "");

const compressed = (output: Bundle[string] | undefined) => gzipSync(text(output)).length;
