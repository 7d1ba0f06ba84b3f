import { defineConfig } from "vite";
import { sizeBudget } from "./tools/size-budget.ts";

export default defineConfig({
  build: {
    target: ["chrome110", "edge110", "firefox115", "safari16", "ios16"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "order.html", "404.html"] },
  },
  plugins: [sizeBudget(60_000)],
});
