/** Makes JavaScript's value of the database's text. */
export type ReadValue = (text: string) => unknown;

/** Reads an array as PostgreSQL writes it: `{1,NULL,"a b"}`, `{{1},{2}}`, `[0:1]={1,2}`. */
export function parseArray(text: string, readItem: ReadValue): unknown[] {
  let at = text.indexOf("{") + 1;
  const readQuoted = (): string => {
    let item = "";
    for (at++; text[at] !== '"'; at++) {
      if (text[at] === "\\") at++;
      item += text[at] ?? "";
      if (at >= text.length) throw new Error(`Not an array: ${text.slice(0, 80)}`);
    }
    at++;
    return item;
  };
  const readPlain = (): string => {
    const from = at;
    while (at < text.length && text[at] !== "," && text[at] !== "}") at++;
    return text.slice(from, at);
  };
  const readList = (): unknown[] => {
    const items: unknown[] = [];
    for (;;) {
      if (text[at] === "}" || at >= text.length) break;
      if (text[at] === "{") {
        at++;
        items.push(readList());
      } else if (text[at] === '"') items.push(readItem(readQuoted()));
      else {
        const item = readPlain();
        items.push(item === "NULL" ? null : readItem(item));
      }
      if (text[at] === ",") at++;
    }
    at++;
    return items;
  };
  return readList();
}

/** An array as PostgreSQL reads it. @param write Writes one item; null stands for none. */
export function formatArray(items: readonly unknown[], write: (item: unknown) => string): string {
  const parts = items.map((item) => {
    if (item === null || item === undefined) return "NULL";
    if (Array.isArray(item)) return formatArray(item, write);
    return `"${write(item).replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  });
  return `{${parts.join(",")}}`;
}
