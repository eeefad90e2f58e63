import { Button, Checkbox, Group } from "@mantine/core";
import { IconBinaryTree2 } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { WipeAssets } from "../bulk/WipeAssets.tsx";
import { useLiveQuery } from "../graphql/live-query.ts";
import { EmptyState, RequestFailed } from "../ui/Message.tsx";
import { Page, PageSkeleton } from "../ui/Page.tsx";
import { formatQuantity } from "../ui/number-format.ts";
import { AssetFilters } from "./AssetFilters.tsx";
import { AssetsTable } from "./AssetsTable.tsx";
import { AssetGraphDocument } from "./assets.gen.ts";
import { filterAssets, listGroups } from "./filter-assets.ts";
import { MaterializeButton } from "./MaterializeButton.tsx";

/** All assets as a list, by group. */
export function AssetsPage() {
  const search = useSearch({ from: "/assets/" });
  const navigate = useNavigate({ from: "/assets/" });
  const { data, error } = useLiveQuery(AssetGraphDocument, {}, { topics: ["assets"] });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  if (!data) return error ? <RequestFailed error={error} /> : <PageSkeleton />;
  const shown = filterAssets(data.assetGraph, search);
  const executable = shown.filter((asset) => asset.executable).map((asset) => asset.key);
  const selected = executable.filter((key) => chosen.has(key));
  const toggle = (key: string): void => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    setChosen(next);
  };
  return (
    <Page
      title="Assets"
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconBinaryTree2 size={15} />}
            renderRoot={(props) => <Link to="/lineage" search={search} {...props} />}
          >
            Lineage
          </Button>
          <WipeAssets keys={selected} label={`Wipe ${selected.length} selected…`} />
          <MaterializeButton
            keys={selected.length > 0 ? selected : executable}
            label={selected.length > 0 ? `Materialize ${selected.length} selected` : "Materialize all"}
          />
        </>
      }
    >
      <AssetFilters
        search={search}
        groups={listGroups(data.assetGraph)}
        onChange={(next) => void navigate({ search: next, replace: true })}
      >
        <span className="quiet" style={{ fontSize: "0.75rem" }} role="status">
          {formatQuantity(shown.length, "asset")}
        </span>
      </AssetFilters>
      {data.assetGraph.length === 0 ? (
        <EmptyState title="No assets yet">
          Assets appear when a code location has loaded. <Link to="/locations">See the code locations</Link>.
        </EmptyState>
      ) : shown.length === 0 ? (
        <EmptyState
          title="No asset matches these filters"
          action={<Link to="/assets">Show all assets</Link>}
        />
      ) : (
        <>
          <Group mt="xs">
            <Checkbox
              size="xs"
              label="Select all"
              checked={selected.length > 0 && selected.length === executable.length}
              indeterminate={selected.length > 0 && selected.length < executable.length}
              onChange={() => setChosen(new Set(selected.length === executable.length ? [] : executable))}
            />
          </Group>
          <AssetsTable assets={shown} chosen={chosen} onToggle={toggle} />
        </>
      )}
    </Page>
  );
}
