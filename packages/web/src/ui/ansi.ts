/** How a piece of terminal text looks. Colours are indexes of the terminal's palette (0-255) or `#rrggbb`. */
export interface AnsiStyle {
  readonly color: string | null;
  readonly background: string | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
}

export interface AnsiSpan {
  readonly text: string;
  readonly style: AnsiStyle;
}

export const PLAIN: AnsiStyle = {
  color: null,
  background: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
};

/** CSI and OSC sequences, and the escapes of two characters. Only `…m` (colours and weight) has an effect here. */
// oxlint-disable-next-line no-control-regex -- The escape character is what this is about.
const ESCAPES = /\u001b(?:\[([0-9;:]*)([ -/]*[@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/**
 * Reads one line of terminal output into styled spans. The style runs on from line to line: give each line the `style` that the
 * one before it ended with. A carriage return inside the line starts it over, as progress bars do.
 */
export function parseAnsiLine(line: string, style: AnsiStyle): { spans: AnsiSpan[]; style: AnsiStyle } {
  const visible = afterLastReturn(line);
  const spans: AnsiSpan[] = [];
  let current = style;
  let position = 0;
  const push = (text: string): void => {
    if (text !== "") spans.push({ text, style: current });
  };
  for (const match of visible.matchAll(ESCAPES)) {
    push(visible.slice(position, match.index));
    position = match.index + match[0].length;
    if (match[2] === "m") current = applyCodes(current, match[1] ?? "");
  }
  push(visible.slice(position));
  return { spans, style: current };
}

function afterLastReturn(line: string): string {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  return text.slice(text.lastIndexOf("\r") + 1);
}

function applyCodes(style: AnsiStyle, list: string): AnsiStyle {
  const codes = list.split(/[;:]/).map(Number);
  let next = style;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      const { color, used } = readExtendedColor(codes.slice(index + 1));
      next = code === 38 ? { ...next, color } : { ...next, background: color };
      index += used;
    } else next = applyCode(next, code);
  }
  return next;
}

function applyCode(style: AnsiStyle, code: number): AnsiStyle {
  switch (code) {
    case 0:
      return PLAIN;
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 3:
      return { ...style, italic: true };
    case 4:
      return { ...style, underline: true };
    case 7:
      return { ...style, inverse: true };
    case 22:
      return { ...style, bold: false, dim: false };
    case 23:
      return { ...style, italic: false };
    case 24:
      return { ...style, underline: false };
    case 27:
      return { ...style, inverse: false };
    case 39:
      return { ...style, color: null };
    case 49:
      return { ...style, background: null };
  }
  if (code >= 30 && code <= 37) return { ...style, color: String(code - 30) };
  if (code >= 90 && code <= 97) return { ...style, color: String(code - 90 + 8) };
  if (code >= 40 && code <= 47) return { ...style, background: String(code - 40) };
  if (code >= 100 && code <= 107) return { ...style, background: String(code - 100 + 8) };
  return style;
}

/** What follows 38 or 48: `5;n` (palette) or `2;r;g;b`. */
function readExtendedColor(codes: readonly number[]): { color: string | null; used: number } {
  const [kind, a = 0, b = 0, c = 0] = codes;
  if (kind === 5) return { color: paletteColor(a), used: 2 };
  if (kind === 2) return { color: hex(a, b, c), used: 4 };
  return { color: null, used: 1 };
}

/** The 256-colour palette: 16 of the theme, a cube of 6 steps, 24 greys. */
function paletteColor(index: number): string {
  if (index < 16) return String(index);
  if (index >= 232) return hex(...([1, 1, 1].map(() => 8 + (index - 232) * 10) as [number, number, number]));
  const step = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return hex(step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6));
}

function hex(red: number, green: number, blue: number): string {
  return `#${[red, green, blue].map((value) => Math.min(255, value).toString(16).padStart(2, "0")).join("")}`;
}
