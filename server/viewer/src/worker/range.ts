// Range requests (RFC 9110, 14).

/** Parse a Range header: first byte and end (exclusive); "whole" if it is to be ignored, "none" if it cannot be satisfied. */
export function parseRange(header: string, length: number): [number, number] | "whole" | "none" {
  // A server may ignore a range: multiple ranges get the complete file.
  const match = /^\s*bytes\s*=\s*(\d{0,16})\s*-\s*(\d{0,16})\s*$/i.exec(header);
  const [first = "", last = ""] = match?.slice(1) ?? [];
  if (!match || (!first && !last) || (first && last && Number(first) > Number(last))) return "whole";
  const start = first ? Number(first) : Math.max(0, length - Number(last));
  const end = first && last ? Math.min(Number(last) + 1, length) : length;
  return start < end ? [start, end] : "none";
}

/** Return the requested part of a response: 206, 416, or all of it. */
export async function rangeResponse(request: Headers, response: Response): Promise<Response> {
  const header = request.get("Range");
  const headers = new Headers(response.headers);
  headers.set("Accept-Ranges", "bytes");
  const validator = request.get("If-Range");
  if (!header || (validator && validator.trim() !== headers.get("ETag"))) return new Response(response.body, { headers });
  const file = await response.blob();
  const range = parseRange(header, file.size);
  if (range === "whole") return new Response(file, { headers });
  if (range === "none") {
    headers.set("Content-Range", `bytes */${file.size}`);
    headers.set("Content-Length", "0");
    return new Response(null, { status: 416, statusText: "Range Not Satisfiable", headers });
  }
  headers.set("Content-Range", `bytes ${range[0]}-${range[1] - 1}/${file.size}`);
  headers.set("Content-Length", String(range[1] - range[0]));
  return new Response(file.slice(...range), { status: 206, statusText: "Partial Content", headers });
}
