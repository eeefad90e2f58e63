import { dirname } from "node:path";
import { existsSync, globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("..", import.meta.url).pathname;

/** Who may import whom. A package may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  model: [],
  protocol: ["model"],
  sdk: ["model"],
  web: ["model"],
  runtime: ["model", "protocol", "sdk"],
  agent: ["model", "protocol"],
  "control-plane": ["model", "protocol"],
  // Starts processes: each subcommand loads the one package it needs, when it is called.
  cli: ["model", "protocol", "client", "runtime", "agent", "control-plane"],
  // Imported by applications: of the SDK types alone, of the model what runs anywhere.
  client: ["model", "sdk"],
  // Only names the packages that a new project needs.
  "create-millrace": [],
  // Imported by users, beside the SDK.
  "io-s3": ["sdk"],
  "io-duckdb": ["sdk"],
  "io-postgres": ["sdk"],
  "io-arrow": ["sdk"],
  dbt: ["sdk"],
};

const packages = globSync("packages/*/package.json", { cwd: root }).map((file) => file.split("/")[1] ?? "");
const nameOf = Object.fromEntries(
  packages.map((folder) => [
    folder,
    (JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, "utf8")) as { name: string }).name,
  ]),
);

test("every package stands in the list of who may import whom", () => {
  expect(packages.toSorted()).toEqual(Object.keys(MAY_IMPORT).toSorted());
});

test.for(packages)("%s imports only what lies below it", (folder) => {
  const wrong: string[] = [];
  for (const file of globSync(`packages/${folder}/{src,bin}/**/*.{ts,tsx,js}`, { cwd: root })) {
    for (const specifier of importsOf(readFileSync(root + file, "utf8"))) {
      const imported = packages.find(
        (other) => specifier === nameOf[other] || specifier.startsWith(`${nameOf[other]}/`),
      );
      if (imported && imported !== folder && !MAY_IMPORT[folder]?.includes(imported))
        wrong.push(`${file} imports ${specifier}`);
      if (specifier.startsWith(".") && leavesPackage(file, specifier))
        wrong.push(`${file} reaches out of its package: ${specifier}`);
    }
  }
  expect(wrong).toEqual([]);
});

test.for(["model", "agent", "control-plane"])(
  "nothing in %s asks the machine what time it is but the clock",
  (folder) => {
    // Other ways to ask are refused by the linter, which does not tell `new Date()` from `new Date(time)`; SQL knows `now()` only.
    const asks =
      /\bnew Date\(\)|\b(?:current_timestamp|localtimestamp|clock_timestamp|statement_timestamp|transaction_timestamp)\b/i;
    const files = globSync(`packages/${folder}/{src,migrations}/**/*.{ts,sql}`, { cwd: root });

    const wrong = files.filter(
      (file) => !isTestOrGenerated(file) && asks.test(readFileSync(root + file, "utf8")),
    );

    expect(wrong).toEqual([]);
  },
);

/** Where it is decided how one waits, and packages that know of us only what users do. */
const MAY_WAIT_BY_HAND =
  /^packages\/(?:model\/src\/time\/clock\.ts|model\/src\/waiting\/on-abort\.ts|io-[a-z0-9]+\/.*)$/;

test("nobody makes a timer or listens for an abort by hand: waiting exists once, in the model", () => {
  const byHand = /\bset(?:Timeout|Interval)\b|\("abort"|\bAbortSignal\.timeout\b/;
  const files = globSync("packages/*/{src,bin}/**/*.{ts,tsx,js,mjs}", { cwd: root });

  const wrong = files.filter(
    (file) =>
      !isTestOrGenerated(file) &&
      !MAY_WAIT_BY_HAND.test(file) &&
      byHand.test(withoutDocComments(readFileSync(root + file, "utf8"))),
  );

  expect(wrong).toEqual([]);
});

test.for(packages)("no folder of %s waits for itself, not even for a type", (folder) => {
  const edges = new Map<string, Map<string, string>>();
  for (const file of globSync(`packages/${folder}/src/**/*.{ts,tsx}`, { cwd: root })) {
    if (isTestOrGenerated(file)) continue;
    for (const specifier of importsOf(readFileSync(root + file, "utf8"))) {
      if (!specifier.startsWith(".")) continue;
      const target = new URL(specifier, `file:///${file}`).pathname.slice(1);
      if (isTestOrGenerated(target) || dirname(target) === dirname(file)) continue;
      const from = edges.get(dirname(file)) ?? new Map<string, string>();
      edges.set(dirname(file), from.set(dirname(target), `${file} imports ${target}`));
    }
  }
  expect(findCircle(edges)).toEqual([]);
});

test("user code's libraries never reach the control plane or the agent, not even through a dependency", () => {
  for (const folder of ["agent", "control-plane"]) {
    const reached = new Set<string>();
    const walk = (current: string) => {
      if (reached.has(current)) return;
      reached.add(current);
      MAY_IMPORT[current]?.forEach(walk);
    };
    walk(folder);
    expect([...reached]).not.toContain("sdk");
    expect([...reached]).not.toContain("runtime");
  }
});

test("the client needs the SDK's types only: an application loads none of it", () => {
  const files = globSync("packages/client/src/**/*.ts", { cwd: root }).filter(
    (file) => !isTestOrGenerated(file),
  );

  const wrong = files.filter((file) =>
    /^import (?!type\b)[^"]*"millrace["/]|\bimport\(/m.test(readFileSync(root + file, "utf8")),
  );

  expect(files.length).toBeGreaterThan(3);
  expect(wrong).toEqual([]);
});

test("the examples import the SDK as users do, and nothing else of ours", () => {
  const wrong: string[] = [];
  for (const file of globSync("examples/*/{src,test}/**/*.ts", { cwd: root })) {
    for (const specifier of importsOf(readFileSync(root + file, "utf8"))) {
      const ours =
        specifier.startsWith("@millrace/") ||
        (specifier.startsWith("millrace/") && specifier !== "millrace/testing");
      if (ours || (specifier.startsWith(".") && leavesPackage(file, specifier)))
        wrong.push(`${file} imports ${specifier}`);
    }
  }
  expect(wrong).toEqual([]);
});

function importsOf(source: string): string[] {
  const pattern =
    /^\s*(?:import|export)\s+(?:[^"'`;()=]*?\bfrom\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
  return [...source.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? "");
}

/** What doc comments show is for users to write. */
function withoutDocComments(source: string): string {
  return source.replaceAll(/^\s*(?:\/\*\*|\*).*$/gm, "");
}

/** Tests and their tools may use everything; what is generated stands beside what it is made for. */
function isTestOrGenerated(file: string): boolean {
  return /\.test(-d)?\.tsx?$|\/testing\/|\/test-[\w-]+\.ts$|\.gen\.ts$|\/gen\//.test(file);
}

/** The imports that lead from a folder back to itself, one for each folder on the way; none when there is no circle. */
function findCircle(edges: ReadonlyMap<string, ReadonlyMap<string, string>>): string[] {
  const done = new Set<string>();
  const visit = (folder: string, way: readonly (readonly [string, string])[]): string[] => {
    const start = way.findIndex(([passed]) => passed === folder);
    if (start >= 0) return way.slice(start).map(([, imported]) => imported);
    if (done.has(folder)) return [];
    for (const [next, imported] of edges.get(folder) ?? []) {
      const circle = visit(next, [...way, [folder, imported]]);
      if (circle.length > 0) return circle;
    }
    done.add(folder);
    return [];
  };
  for (const folder of edges.keys()) {
    const circle = visit(folder, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

/** Whether a relative import points outside the folder `packages/x` or `examples/x` in which its file lies. */
function leavesPackage(file: string, specifier: string): boolean {
  const [top, name] = file.split("/");
  return !new URL(specifier, `file:///${file}`).pathname.startsWith(`/${top}/${name}/`);
}

test.for(["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])(
  "every file and folder that %s names is there",
  (document) => {
    const tracked = globSync("{packages,examples,test,bench,docs,scripts,.ci}/**", {
      cwd: root,
      exclude: ["**/node_modules/**", "**/.millrace/**"],
    }).map((path) => `/${path}`);
    const named = [...readFileSync(root + document, "utf8").matchAll(/`([\w@./-]+)`|\]\(([\w./-]+)\)/g)]
      .map((match) => match[1] ?? match[2] ?? "")
      .filter((name) => /^\w.*(\/.|\.(ts|tsx|sql|graphql|md)$)/.test(name));

    const missing = named.filter(
      (name) => !tracked.some((path) => path.endsWith(`/${name}`)) && !existsSync(root + name),
    );

    expect(named.length).toBeGreaterThan(3);
    expect(missing).toEqual([]);
  },
);
