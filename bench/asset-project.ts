/** Layers of the asset graph. */
const LAYERS = 10;
/** Each asset depends on those of the layer above that stand this far to its right, around the end. */
const OFFSETS = [0, 7, 13];
const GROUPS = 20;
const ASSETS_PER_FILE = 25;

/**
 * The files of a project of `count` assets: 10 layers, three dependencies each, 20 groups, 25 assets in a file. Every edge
 * hands a typed value on, which is more than the peer's edges do.
 */
export function assetProject(count: number): Record<string, string> {
  const width = count / LAYERS;
  const parts = Math.ceil(width / ASSETS_PER_FILE);
  const files: Record<string, string> = {};
  const modules: string[] = [];
  for (let layer = 0; layer < LAYERS; layer++) {
    for (let part = 0; part < parts; part++) {
      const end = Math.min(width, (part + 1) * ASSETS_PER_FILE);
      const numbers = Array.from(
        { length: end - part * ASSETS_PER_FILE },
        (_, index) => part * ASSETS_PER_FILE + index,
      );
      const file = `layer_${layer}/part_${part}.ts`;
      files[`src/${file}`] = assetFile(layer, numbers, width);
      modules.push(file);
    }
  }
  files["src/definitions.ts"] = modules.map((file) => `export * from "./${file}";\n`).join("");
  return files;
}

function assetFile(layer: number, numbers: readonly number[], width: number): string {
  const upstream = (index: number) =>
    layer === 0 ? [] : [...new Set(OFFSETS.map((offset) => (index + offset) % width))];
  const imports = Map.groupBy(new Set(numbers.flatMap(upstream)), (index) =>
    Math.floor(index / ASSETS_PER_FILE),
  );
  return [
    `import { asset } from "millrace";`,
    ...[...imports].map(
      ([part, indexes]) =>
        `import { ${indexes.map((index) => `a_${layer - 1}_${index}`).join(", ")} } from "../layer_${layer - 1}/part_${part}.ts";`,
    ),
    ...numbers.map((index) => {
      const names = upstream(index).map((from) => `a_${layer - 1}_${from}`);
      const values = names.map((_, place) => `from${place}`);
      const total = ["1", ...values.map((value) => `${value}.total`)].join(" + ");
      return (
        `export const a_${layer}_${index} = asset("a_${layer}_${index}", { deps: [${names.join(", ")}], group: "g${index % GROUPS}", ` +
        `description: "asset ${index} of layer ${layer}" }, (${["_context", ...values].join(", ")}) => ({ id: ${index}, total: ${total} }));`
      );
    }),
    "",
  ].join("\n");
}

/** The same graph for the peer, in one file. */
export function dagsterAssets(count: number): string {
  return `
import dagster as dg
L, W = ${LAYERS}, ${count / LAYERS}

def make(k, i):
    deps = [dg.AssetKey(f"a_{k-1}_{j}") for j in sorted({(i + o) % W for o in (${OFFSETS.join(", ")})})] if k else []
    @dg.asset(name=f"a_{k}_{i}", deps=deps, group_name=f"g{i % ${GROUPS}}", description=f"asset {i} of layer {k}")
    def made() -> None:
        return None
    return made

defs = dg.Definitions(assets=[make(k, i) for k in range(L) for i in range(W)])
`;
}
