import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** `npx vite` serves the app for development; the API is then asked at MILLRACE_URL. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: { target: "es2023", chunkSizeWarningLimit: 2_000 },
  server: { proxy: { "/graphql": process.env["MILLRACE_URL"] ?? "http://127.0.0.1:3000" } },
});
