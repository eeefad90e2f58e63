import { AppShell, Group, Kbd, NavLink, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { useLiveQuery } from "../graphql/live-query.ts";
import { ColorSchemeSwitch } from "./ColorSchemeSwitch.tsx";
import { DeploymentDocument } from "./deployment.gen.ts";
import { PAGES } from "./pages.ts";
import styles from "./Navigation.module.css";

/** The navigation at the left of a wide screen. */
export function SideNavigation({ onSearch }: { readonly onSearch: () => void }) {
  const path = useLocation({ select: (location) => location.pathname });
  const { data } = useLiveQuery(DeploymentDocument, {}, { topics: ["runs"] });
  const active = data?.deployment.activeRuns ?? 0;
  const queued = data?.deployment.queuedRuns ?? 0;
  const unreachable = data?.deployment.unreachableRuns ?? 0;
  return (
    <AppShell.Navbar className={styles["side"] ?? ""} component="nav" aria-label="Main">
      <Link to="/runs" className={styles["brand"]} aria-label="Millrace">
        <img src="/favicon.svg" alt="" width={24} height={24} />
        Millrace
      </Link>
      <UnstyledButton className={styles["search"] ?? ""} onClick={onSearch}>
        <IconSearch size={14} aria-hidden />
        <span>Search</span>
        <Kbd size="xs">Ctrl K</Kbd>
      </UnstyledButton>
      <Stack gap={2} mt="sm" style={{ flex: 1 }}>
        {PAGES.map(({ to, label, icon: Icon }) => (
          <NavLink
            key={to}
            renderRoot={(props) => <Link to={to} {...props} />}
            label={label}
            leftSection={<Icon size={17} stroke={1.7} aria-hidden />}
            active={path === to || path.startsWith(`${to}/`)}
            className={styles["link"] ?? ""}
            rightSection={
              to === "/runs" && active + queued > 0 ? (
                <RunCount active={active} queued={queued} unreachable={unreachable} />
              ) : null
            }
          />
        ))}
      </Stack>
      <Group justify="space-between" wrap="nowrap" className={styles["foot"] ?? ""}>
        <Text size="xs" className="quiet" truncate title={data ? `Deployment ${data.deployment.name}` : ""}>
          {data ? `${data.deployment.name} · ${data.version}` : ""}
        </Text>
        <ColorSchemeSwitch />
      </Group>
    </AppShell.Navbar>
  );
}

function RunCount({
  active,
  queued,
  unreachable,
}: {
  readonly active: number;
  readonly queued: number;
  readonly unreachable: number;
}) {
  const outOfReach = unreachable > 0 ? ` (${unreachable} out of reach)` : "";
  const text = `${active} running${outOfReach}, ${queued} queued`;
  return (
    <span className={styles["count"]} title={text} aria-label={text}>
      {active > 0 ? <span className={styles["live"]}>{active}</span> : null}
      {unreachable > 0 ? <span className={styles["unreachable"]}>{unreachable}?</span> : null}
      {queued > 0 ? <span>+{queued}</span> : null}
    </span>
  );
}
