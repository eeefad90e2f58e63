import { AppShell } from "@mantine/core";
import { useHotkeys, useMediaQuery } from "@mantine/hooks";
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { ConnectionBanner } from "./ConnectionBanner.tsx";
import { PhoneBar } from "./PhoneBar.tsx";
import { SideNavigation } from "./SideNavigation.tsx";

const CommandPalette = lazy(() =>
  import("./CommandPalette.tsx").then((module) => ({ default: module.CommandPalette })),
);

/** The frame of the app: navigation at the left, or a bar at the bottom of a phone; Ctrl-K finds everything. */
export function AppLayout() {
  const phone = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false }) ?? false;
  const [paletteOpen, setPaletteOpen] = useState(false);
  useHotkeys([["mod+K", () => setPaletteOpen((open) => !open)]], []);
  const openPalette = (): void => setPaletteOpen(true);
  return (
    <AppShell
      navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: true } }}
      {...(phone ? { footer: { height: 58 } } : {})}
      padding={0}
    >
      <a href="#content" className="skip-link">
        Skip to content
      </a>
      {phone ? <PhoneBar onSearch={openPalette} /> : <SideNavigation onSearch={openPalette} />}
      <AppShell.Main id="content" tabIndex={-1} style={{ outline: "none" }}>
        <ConnectionBanner />
        <Outlet />
      </AppShell.Main>
      {paletteOpen ? (
        <Suspense>
          <CommandPalette onClose={() => setPaletteOpen(false)} />
        </Suspense>
      ) : null}
    </AppShell>
  );
}
