import { Button, Loader } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconList } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useLiveQuery } from "../../graphql/live-query.ts";
import { EmptyState, RequestFailed } from "../../ui/Message.tsx";
import { Page, PageSkeleton } from "../../ui/Page.tsx";
import { AssetFilters } from "../AssetFilters.tsx";
import type { AssetsSearch, LineageSearch } from "../asset-search.ts";
import { AssetGraphDocument } from "../assets.gen.ts";
import { assetsAround, filterAssets, listGroups } from "../filter-assets.ts";
import { MaterializeButton } from "../MaterializeButton.tsx";
import { LineageGraph } from "./LineageGraph.tsx";
import { LineagePanel } from "./LineagePanel.tsx";
import { MAX_ELK_ASSETS, useLineageLayout } from "./use-lineage-layout.ts";
import styles from "./Lineage.module.css";

/** All assets as a graph from left to right; what is selected and shown is in the address. */
export function LineagePage() {
  const search = useSearch({ from: "/lineage" });
  const navigate = useNavigate({ from: "/lineage" });
  const { data, error } = useLiveQuery(AssetGraphDocument, {}, { topics: ["assets"] });
  const all = data?.assetGraph ?? [];
  const shown = filterAssets(search.around ? assetsAround(all, search.around) : all, search);
  const phone = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false }) ?? false;
  const direction = phone && shown.length <= MAX_ELK_ASSETS ? "DOWN" : "RIGHT";
  const layout = useLineageLayout(shown, direction);
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;

  const selected = new Set(search.selected ?? []);
  const select = (keys: Iterable<string>): void => {
    const { selected: _old, ...rest } = search;
    const next = [...keys];
    void navigate({ search: next.length > 0 ? { ...rest, selected: next } : rest, replace: true });
  };
  const toggle = (key: string, add: boolean): void => {
    if (!add) return select(selected.size === 1 && selected.has(key) ? [] : [key]);
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    return select(next);
  };
  const extend = (direction: "upstream" | "downstream"): void => {
    const near = all.flatMap((asset) =>
      direction === "upstream"
        ? selected.has(asset.key)
          ? asset.dependencies
          : []
        : asset.dependencies.some((key) => selected.has(key))
          ? [asset.key]
          : [],
    );
    select(new Set([...selected, ...near.filter((key) => shown.some((asset) => asset.key === key))]));
  };
  const filter = (next: AssetsSearch): void => {
    const { search: _search, group: _group, state: _state, ...rest }: LineageSearch = search;
    void navigate({ search: { ...rest, ...next }, replace: true });
  };
  const selectedAssets = shown.filter((asset) => selected.has(asset.key));
  const executable = shown.filter((asset) => asset.executable).map((asset) => asset.key);
  return (
    <Page
      title="Lineage"
      fill="exactly"
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconList size={15} />}
            renderRoot={(props) => <Link to="/assets" {...props} />}
          >
            List
          </Button>
          <MaterializeButton
            keys={executable}
            label="Materialize all"
            variant={selected.size > 0 ? "default" : "filled"}
          />
        </>
      }
    >
      <AssetFilters search={search} groups={listGroups(all)} onChange={filter}>
        {search.around ? (
          <Button
            variant="light"
            onClick={() => void navigate({ search: ({ around: _around, ...rest }) => rest })}
          >
            Around {search.around} – show all
          </Button>
        ) : null}
      </AssetFilters>
      <div className={styles["area"]}>
        {shown.length === 0 ? (
          <EmptyState title={all.length === 0 ? "No assets yet" : "No asset matches these filters"}>
            {all.length === 0 ? <Link to="/locations">See the code locations</Link> : null}
          </EmptyState>
        ) : layout === null ? (
          <div className={styles["pending"]}>
            <Loader size="sm" aria-label="Laying out" />
          </div>
        ) : (
          <LineageGraph
            assets={shown}
            layout={layout}
            direction={direction}
            selected={selected}
            onSelect={toggle}
            onClear={() => select([])}
          />
        )}
        {selectedAssets.length > 0 ? (
          <LineagePanel selected={selectedAssets} onExtend={extend} onClose={() => select([])} />
        ) : null}
      </div>
    </Page>
  );
}
