import { AppShell, Drawer, NavLink, Stack, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconDots, IconSearch } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { ColorSchemeSwitch } from "./ColorSchemeSwitch.tsx";
import { PAGES } from "./pages.ts";
import styles from "./Navigation.module.css";

/** The navigation of a phone: a bar within reach of the thumb; the rarer places are under "More". */
export function PhoneBar({ onSearch }: { readonly onSearch: () => void }) {
  const path = useLocation({ select: (location) => location.pathname });
  const [moreOpen, more] = useDisclosure(false);
  const isActive = (to: string): boolean => path === to || path.startsWith(`${to}/`);
  const rest = PAGES.filter((page) => !page.primary);
  return (
    <AppShell.Footer className={styles["bar"] ?? ""} component="nav" aria-label="Main">
      {PAGES.filter((page) => page.primary).map(({ to, label, icon: Icon }) => (
        <Link key={to} to={to} className={styles["barItem"]} data-active={isActive(to) || undefined}>
          <Icon size={21} stroke={1.7} aria-hidden />
          {label}
        </Link>
      ))}
      <UnstyledButton
        className={styles["barItem"] ?? ""}
        onClick={more.open}
        aria-haspopup="dialog"
        data-active={rest.some((page) => isActive(page.to)) || undefined}
      >
        <IconDots size={21} stroke={1.7} aria-hidden />
        More
      </UnstyledButton>
      <Drawer opened={moreOpen} onClose={more.close} position="bottom" size="auto" title="More" zIndex={300}>
        <Stack gap={4} pb="md">
          <NavLink
            component="button"
            label="Search"
            leftSection={<IconSearch size={18} aria-hidden />}
            onClick={() => {
              more.close();
              onSearch();
            }}
          />
          {rest.map(({ to, label, icon: Icon }) => (
            <NavLink
              key={to}
              renderRoot={(props) => <Link to={to} {...props} />}
              label={label}
              leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
              active={isActive(to)}
              onClick={more.close}
            />
          ))}
          <div style={{ padding: "8px 12px" }}>
            <ColorSchemeSwitch />
          </div>
        </Stack>
      </Drawer>
    </AppShell.Footer>
  );
}
