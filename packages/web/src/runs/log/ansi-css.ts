import type { CSSProperties } from "react";
import type { AnsiStyle } from "../../ui/ansi.ts";

/** Terminal styles as CSS; the sixteen colours of the palette are the theme's `--ansi-…`. */
export function ansiCss(style: AnsiStyle): CSSProperties {
  const color = cssColor(style.inverse ? (style.background ?? "surface") : style.color);
  const background = cssColor(style.inverse ? (style.color ?? "text") : style.background);
  return {
    ...(color ? { color } : {}),
    ...(background ? { background } : {}),
    ...(style.bold ? { fontWeight: 700 } : {}),
    ...(style.dim ? { opacity: 0.65 } : {}),
    ...(style.italic ? { fontStyle: "italic" } : {}),
    ...(style.underline ? { textDecoration: "underline" } : {}),
  };
}

function cssColor(color: string | null): string | null {
  if (color === null || color.startsWith("#")) return color;
  if (color === "surface") return "var(--surface)";
  if (color === "text") return "var(--mantine-color-text)";
  return `var(--ansi-${color})`;
}
