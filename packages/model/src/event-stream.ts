/** One event of a `text/event-stream`: its name (default `message`) and its data lines, joined. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** Splits the text of an event stream into events, whatever the pieces it arrives in. Comments (pings) are dropped. */
export function createEventStreamParser(): (piece: string) => StreamEvent[] {
  let rest = "";
  return (piece) => {
    const blocks = (rest + piece).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => parseBlock(block) ?? []);
  };
}

function parseBlock(block: string): StreamEvent | null {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return name === "message" && data.length === 0 ? null : { name, data: data.join("\n") };
}
