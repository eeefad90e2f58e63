import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Real processes on a busy machine: an expectation that is polled may take its time; one that holds takes none. */
const expectations = { poll: { timeout: 15_000 } };

/** Files at one time. One more than there are cores: most tests wait for processes, a database or a browser half of the time. */
const maxWorkers = availableParallelism() + 1;

/** What takes long begins first, so that no core is idle in the end while the last file runs. */
const LONG = ["simulation/simulate.test.ts", "test/system/", "test/e2e/"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification): number => {
      const rank = LONG.findIndex((part) => moduleId.includes(part));
      return rank === -1 ? LONG.length : rank;
    };
    return (await super.sort(files)).sort((one, other) => rankOf(one) - rankOf(other));
  }
}

export default defineConfig({
  test: {
    maxWorkers,
    sequence: { sequencer: LongestFirst },
    globalSetup: ["packages/control-plane/src/testing/test-database-setup.ts"],
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
          // Files share processes, which load the product once: what a test changes of its process it puts back.
          isolate: false,
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
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          expect: expectations,
          include: ["test/e2e/**/*.e2e.ts"],
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
