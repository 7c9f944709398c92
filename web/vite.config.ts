import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The server hands the built page out at /room and the files beside it below /static/.
export default defineConfig({
  base: "/static/",
  plugins: [react()],
  build: { outDir: "../src/reelroom/console/static", emptyOutDir: true, target: "es2022" },
});
