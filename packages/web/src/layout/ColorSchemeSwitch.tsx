import { ActionIcon, type MantineColorScheme, Tooltip, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconMoon, IconSun } from "@tabler/icons-react";

const NEXT: Readonly<
  Record<MantineColorScheme, { readonly next: MantineColorScheme; readonly label: string }>
> = {
  auto: { next: "light", label: "Colours: as the system" },
  light: { next: "dark", label: "Colours: light" },
  dark: { next: "auto", label: "Colours: dark" },
};

/** Light, dark, or as the system says; each press takes the next. */
export function ColorSchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { next, label } = NEXT[colorScheme];
  const Icon = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon }[colorScheme];
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} onClick={() => setColorScheme(next)}>
        <Icon size={16} />
      </ActionIcon>
    </Tooltip>
  );
}
