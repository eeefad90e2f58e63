import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DbtManifestUnusable } from "./dbt-errors.ts";
import { dbtProject } from "./dbt-project.ts";
import { copyProject } from "./test-project.ts";

test("commands name the project, the profiles and the target", () => {
  const folder = copyProject();

  const project = dbtProject(folder, { executable: ["uv", "run", "dbt"], profilesDir: "ci", target: "prod" });

  expect(project.command("build")).toEqual([
    "uv",
    "run",
    "dbt",
    "build",
    "--project-dir",
    folder,
    "--profiles-dir",
    join(folder, "ci"),
    "--target",
    "prod",
  ]);
});

describe("a manifest that can't be used says how to make it", () => {
  const error = (folder: string): DbtManifestUnusable => {
    try {
      dbtProject(folder);
    } catch (thrown) {
      if (thrown instanceof DbtManifestUnusable) return thrown;
    }
    throw new Error("The project was read");
  };

  test("when it is not there", () => {
    const folder = copyProject();
    rmSync(join(folder, "target"), { recursive: true });

    expect(error(folder).message).toBe(
      `There is no ${folder}/target/manifest.json. Make it with \`dbt parse --project-dir ${folder}\``,
    );
  });

  test("when a model has changed or is gone since", () => {
    const folder = copyProject();
    writeFileSync(join(folder, "models/orders.sql"), "select 1 as id");
    rmSync(join(folder, "seeds/raw_orders.csv"));

    expect(error(folder).message).toMatch(/is older than .*models\/orders.sql/);
    expect(error(folder).message).toMatch(/is older than .*seeds\/raw_orders.csv/);
    expect(error(folder).message).toMatch(/Make it again with `dbt parse --project-dir/);
  });

  test("when it is something else", () => {
    const folder = copyProject();
    writeFileSync(join(folder, "target/manifest.json"), `{"metadata":{"project_name":5}}`);

    expect(error(folder).message).toMatch(/not a manifest that can be read: [^]*metadata.project_name/);
  });
});
