import { createTheme, type MantineColorsTuple } from "@mantine/core";
import type { FocusEvent, MouseEvent } from "react";

/** The one accent: the water of a millrace. */
const water: MantineColorsTuple = [
  "#e8f7fa",
  "#cfebf1",
  "#a1d8e3",
  "#70c4d4",
  "#49b3c7",
  "#2da8bf",
  "#159cb6",
  "#07869f",
  "#00748a",
  "#006276",
];

/** Cool greys; 7 is the page, 6 a raised surface, 4 a border. */
const dark: MantineColorsTuple = [
  "#d7dce3",
  "#b7bec9",
  "#8d96a5",
  "#68717f",
  "#353b46",
  "#292e37",
  "#1c2027",
  "#14171c",
  "#0f1115",
  "#0a0c0f",
];

/** Who writes into a choice means another one: what is written takes the place of what was chosen. */
const replaces = {
  onFocus: ({ currentTarget }: FocusEvent<HTMLInputElement>): void => selectText(currentTarget),
  // It keeps the focus once something was chosen.
  onClick: ({ currentTarget }: MouseEvent<HTMLInputElement>): void => {
    if (currentTarget.ariaExpanded !== "true") selectText(currentTarget);
  },
};

function selectText(input: HTMLInputElement): void {
  if (!input.readOnly) input.select();
}

export const theme = createTheme({
  primaryColor: "water",
  primaryShade: { light: 8, dark: 7 },
  colors: { water, dark },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.25rem" }, h2: { fontSize: "1rem" }, h3: { fontSize: "0.875rem" } },
  },
  defaultRadius: "sm",
  cursorType: "pointer",
  components: {
    Button: { defaultProps: { size: "xs" } },
    TextInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs", ...replaces } },
    MultiSelect: { defaultProps: { size: "xs" } },
    NumberInput: { defaultProps: { size: "xs" } },
    Textarea: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs" } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
    Badge: { defaultProps: { variant: "light", radius: "sm" } },
  },
});
