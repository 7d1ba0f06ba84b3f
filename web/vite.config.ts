import { defineConfig } from "vite";
import { sizeBudget } from "./tools/size-budget.ts";

export default defineConfig({
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "order.html", "404.html"] },
  },
  plugins: [sizeBudget(60_000)],
});
