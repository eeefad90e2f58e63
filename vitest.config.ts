import { defineConfig } from "vitest/config";

/** Real processes on a busy machine: an expectation that is polled may take its time; one that holds takes none. */
const expectations = { poll: { timeout: 15_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        // Node's own, not Vite's: packages outside would load graphql's other copy, and two copies do not mix; and `module`
        // leads to what only bundlers read.
        ssr: { resolve: { conditions: ["module-sync", "node"] } },
        test: {
          name: "unit",
          expect: expectations,
          include: [
            "packages/*/src/**/*.test.ts",
            "examples/*/**/*.test.ts",
            "test/*.test.ts",
            "test/oracle/**/*.test.ts",
            "test/docs/**/*.test.ts",
            "test/soak/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**", "**/.millrace/**"],
          globalSetup: ["packages/control-plane/src/testing/test-database-setup.ts"],
          // Real databases and processes on a busy machine take their time.
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "system",
          expect: expectations,
          include: ["test/system/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "e2e",
          expect: expectations,
          include: ["test/e2e/**/*.e2e.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
