// Four workers at once, each of which runs the same file: `bench:parallel` starts vitest with this.
import { defineConfig } from "vitest/config";

const MINUTES = 60_000;

export default defineConfig({
  test: {
    maxWorkers: 4,
    projects: [1, 2, 3, 4].map((worker) => ({
      test: {
        name: `worker ${worker}`,
        include: ["bench/parallel/platforms.test.ts"],
        // The package as its users have it, not its sources.
        server: { deps: { external: [/\/dist\//] } },
        testTimeout: 10 * MINUTES,
        hookTimeout: 10 * MINUTES,
      },
    })),
  },
});
