// Answer with a part of a file, as servers do (RFC 9110, 14).

/** Return first byte and the one behind the last; "whole" where the header is to be ignored, "none" where nothing is. */
export function rangeOf(header: string, length: number): [number, number] | "whole" | "none" {
  // Who asks for several parts at once gets the whole: a server may ignore a range.
  const said = /^\s*bytes\s*=\s*(\d{0,16})\s*-\s*(\d{0,16})\s*$/i.exec(header);
  const [first = "", last = ""] = said?.slice(1) ?? [];
  if (!said || (!first && !last) || (first && last && Number(first) > Number(last))) return "whole";
  const begin = first ? Number(first) : Math.max(0, length - Number(last));
  const behind = first && last ? Math.min(Number(last) + 1, length) : length;
  return begin < behind ? [begin, behind] : "none";
}

/** Return the part of an answer that a request asks for: 206, 416, or all of it. */
export async function ranged(asked: Headers, answer: Response): Promise<Response> {
  const header = asked.get("Range");
  const headers = new Headers(answer.headers);
  headers.set("Accept-Ranges", "bytes");
  const validator = asked.get("If-Range");
  if (!header || (validator && validator.trim() !== headers.get("ETag"))) return new Response(answer.body, { headers });
  const whole = await answer.blob();
  const range = rangeOf(header, whole.size);
  if (range === "whole") return new Response(whole, { headers });
  if (range === "none") {
    headers.set("Content-Range", `bytes */${whole.size}`);
    headers.set("Content-Length", "0");
    return new Response(null, { status: 416, statusText: "Range Not Satisfiable", headers });
  }
  headers.set("Content-Range", `bytes ${range[0]}-${range[1] - 1}/${whole.size}`);
  headers.set("Content-Length", String(range[1] - range[0]));
  return new Response(whole.slice(...range), { status: 206, statusText: "Partial Content", headers });
}
