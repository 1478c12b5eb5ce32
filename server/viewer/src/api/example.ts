// Send the requests of the API documentation, and keep the parts of a response that explain the API.

export interface Example {
  readonly url: string;
  readonly header?: string | undefined;
  readonly isRepeated?: boolean | undefined;
}

export interface Answer {
  readonly status: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly bytes: number;
  readonly milliseconds: number;
}

/** The headers that are shown, in this order. */
export const SHOWN_HEADERS = [
  "Content-Type", "Content-Language", "Content-Location", "Content-Range", "Content-Length", "ETag", "Last-Modified",
  "Cache-Control", "Vary", "Link", "Accept-Ranges", "Allow", "Retry-After", "Deprecation", "Sunset",
] as const;

const LINES = 24;
const COLUMNS = 160;
const TEXT = /^text\/|[/+](json|xml)\b/;

/** Return the response to an example; rejects if there is none. A repeated request sends the ETag of the first response. */
export async function send(example: Example, request: typeof fetch = fetch): Promise<Answer> {
  const began = performance.now();
  const headers = new Headers();
  const [name, value] = example.header?.split(/:\s*/, 2) ?? [];
  if (name && value) headers.set(name, value);
  if (example.isRepeated) {
    const first = await request(example.url, { headers, cache: "no-store" });
    await first.arrayBuffer();
    const tag = first.headers.get("ETag");
    if (tag) headers.set("If-None-Match", tag);
  }
  // Bypass the browser cache, which would answer instead of the server.
  const response = await request(example.url, { headers, cache: "no-store" });
  const content = await response.arrayBuffer();
  const values = SHOWN_HEADERS.map((each) => [each, response.headers.get(each)] as const);
  return {
    status: `${response.status} ${response.statusText}`.trim(),
    headers: values.filter((each): each is readonly [(typeof SHOWN_HEADERS)[number], string] => each[1] !== null),
    body: TEXT.test(response.headers.get("Content-Type") ?? "") ? firstLines(new TextDecoder().decode(content)) : "",
    bytes: content.byteLength,
    milliseconds: performance.now() - began,
  };
}

/** Return the first lines of a text; JSON is indented first. */
export function firstLines(text: string): string {
  const lines = indentJson(text).split(/\r?\n/);
  const visible = lines.slice(0, LINES).map((line) => (line.length > COLUMNS ? `${line.slice(0, COLUMNS)}…` : line));
  return [...visible, ...(lines.length > LINES ? ["…"] : [])].join("\n").trimEnd();
}

function indentJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
