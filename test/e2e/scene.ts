import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { createProject, type TestProject } from "../system/project.ts";
import type { Stack } from "../system/stack.ts";
import { startTestStack } from "../system/test-stack.ts";
import { openPage } from "./browser.ts";

/** What the tests of a file play on: a deployment that serves one code location, and a browser. */
export interface Scene {
  /** Only inside of tests. */
  readonly stack: Stack;
  /** The page for this test, which it begins by going somewhere; `errors` are what its code threw. */
  open(viewport: { width: number; height: number }): Promise<{ page: Page; errors: string[] }>;
}

/** Sets the scene before the tests of the calling file: a code location of this name, served from `folder`. */
export function setScene(location: string, folder: string): Scene {
  let stack: Stack | undefined;
  // One for all tests: the browser loads and compiles the page's code once.
  let page: Page | undefined;
  beforeAll(async () => {
    stack = await startTestStack();
    page = await openPage(stack.url);
    await stack.load(location, folder);
  });
  afterEach(async () => {
    page?.removeAllListeners("pageerror");
    await page?.goto("about:blank");
  });
  afterAll(async () => {
    await page?.context().close();
    await stack?.stop();
  });
  const insideOnly = new Error("the scene is there inside of tests only: ask for it there");
  return {
    get stack() {
      if (!stack) throw insideOnly;
      return stack;
    },
    async open(viewport) {
      if (!page) throw insideOnly;
      await page.setViewportSize(viewport);
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      return { page, errors };
    },
  };
}

/** Sets the scene with a project of one file, `src/definitions.ts`, which tests may write anew. */
export function setProjectScene(location: string, text: string): Scene & { readonly project: TestProject } {
  const project = createProject({ "src/definitions.ts": text });
  // Hooks that end things run last first: the project goes when nothing serves it any more.
  afterAll(() => project.remove());
  return Object.assign(setScene(location, project.folder), { project });
}
