import { isAuthorsJob } from "@millrace/model/runs/authors-job";
import { Modal, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { AssetGraphDocument } from "../assets/assets.gen.ts";
import { documentQuery } from "../graphql/live-query.ts";
import { JobsDocument } from "../jobs/jobs.gen.ts";
import { type Place, rankPlaces } from "./rank-places.ts";
import { PAGES } from "./pages.ts";
import styles from "./CommandPalette.module.css";

/** Finds a page, an asset or a job by a few letters of its name; opens with Ctrl-K. */
export function CommandPalette({ onClose }: { readonly onClose: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [index, setIndex] = useState(0);
  const found = rankPlaces(usePlaces(), text).slice(0, 12);
  const open = (place: Place | undefined): void => {
    if (!place) return;
    onClose();
    void navigate({ to: place.path });
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === "Enter") open(found[index]);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || found.length === 0) return;
    event.preventDefault();
    setIndex((index + step + found.length) % found.length);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      yOffset="12vh"
      aria-label="Search"
      transitionProps={{ duration: 80 }}
    >
      <TextInput
        data-autofocus
        size="md"
        variant="unstyled"
        px="md"
        placeholder="Go to a page, asset, job or run id"
        aria-label="Search"
        role="combobox"
        aria-expanded
        aria-controls="palette-results"
        aria-activedescendant={found[index] ? `palette-${index}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setIndex(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-results" role="listbox" aria-label="Results" className={styles["results"]}>
        {found.map((place, position) => (
          <div
            key={place.path}
            id={`palette-${position}`}
            role="option"
            aria-selected={position === index}
            tabIndex={-1}
            className={styles["result"]}
            onMouseMove={() => setIndex(position)}
            onClick={() => open(place)}
            onKeyDown={onKeyDown}
          >
            <span>{place.name}</span>
            <span className="quiet">{place.kind}</span>
          </div>
        ))}
        {found.length === 0 ? <div className={styles["none"]}>Nothing has that name.</div> : null}
      </div>
    </Modal>
  );
}

function usePlaces(): Place[] {
  const { data: assets } = useQuery(documentQuery(AssetGraphDocument, {}, ["assets"]));
  const { data: jobs } = useQuery(documentQuery(JobsDocument, {}, ["locations"]));
  return [
    ...PAGES.map((page) => ({ kind: "Page", name: page.label, path: page.to })),
    ...(jobs?.jobs ?? [])
      .filter(({ name }) => isAuthorsJob(name))
      .map((job) => ({
        kind: "Job",
        name: job.name,
        path: `/jobs/${encodeURIComponent(job.locationName)}/${encodeURIComponent(job.name)}`,
      })),
    ...(assets?.assetGraph ?? []).map((asset) => ({
      kind: "Asset",
      name: asset.key,
      path: `/assets/${asset.key.split("/").map(encodeURIComponent).join("/")}`,
    })),
  ];
}
