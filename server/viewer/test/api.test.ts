import { expect, test } from "vitest";
import { firstLines, send } from "../src/api/example";
import { parseOperations } from "../src/api/openapi";

type Sent = { url: string; headers: Headers };

/** Return a server with a fixed response, and the requests that it received. */
function server(status: number, headers: Record<string, string>, body = "{}"): { request: typeof fetch; sent: Sent[] } {
  const sent: Sent[] = [];
  const request = async (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    sent.push({ url: String(url), headers: new Headers(init?.headers) });
    return new Response(status === 304 ? null : body, { status, headers });
  };
  return { request, sent };
}

test("the response is shown with its main headers, in a fixed order", async () => {
  const { request } = server(200, { "X-Other": "1", ETag: '"a"', "Content-Type": "application/geo+json" }, '{"a":[1]}');
  const answer = await send({ url: "/v1/sites" }, request);
  expect(answer.headers).toEqual([["Content-Type", "application/geo+json"], ["ETag", '"a"']]);
  expect(answer.body).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(answer.status).toMatch(/^200/);
});

test("a repeated request sends the ETag of the first response", async () => {
  const { request, sent } = server(304, { ETag: '"a"' });
  const answer = await send({ url: "/v1/terms.fr.json", isRepeated: true }, request);
  expect(sent.map((each) => each.headers.get("If-None-Match"))).toEqual([null, '"a"']);
  expect([answer.status.slice(0, 3), answer.body, answer.bytes]).toEqual(["304", "", 0]);
});

test("a header of an example is sent, and binary content is counted, not shown", async () => {
  const { request, sent } = server(206, { "Content-Type": "model/gltf-binary", "Content-Range": "bytes 0-3/9" }, "glTF");
  const answer = await send({ url: "/a/b.glb", header: "Range: bytes=0-3" }, request);
  expect(sent[0]?.headers.get("Range")).toBe("bytes=0-3");
  expect([answer.body, answer.bytes]).toEqual(["", 4]);
});

test("long texts and long lines are truncated", () => {
  const shown = firstLines(Array.from({ length: 99 }, () => "x".repeat(999)).join("\n")).split("\n");
  expect([shown.length, shown[0]?.length, shown.at(-1)]).toEqual([25, 161, "…"]);
  expect(firstLines("a;b\n")).toBe("a;b");
});

test("operations are grouped by tag, with parameters of their path and from references", () => {
  const shared = { name: "slug", in: "path", required: true };
  const tags = parseOperations({
    paths: {
      "/b/{slug}": { parameters: [shared], get: { tags: ["two"], summary: "B", parameters: [{ $ref: "#/p/a~1b" }] } },
      "/a": { get: { description: "A", deprecated: true }, post: { tags: ["two"] } },
    },
    p: { "a/b": { name: "lang", in: "query", schema: { description: "Language" } } },
  });
  expect([...tags.keys()]).toEqual(["two", "–"]);
  const [first, second] = tags.get("two") ?? [];
  expect(first?.parameters.map((each) => [each.name, each.isRequired, each.text])).toEqual([["slug", true, ""], ["lang", false, "Language"]]);
  expect([first?.text, second?.method, tags.get("–")?.[0]?.isDeprecated]).toEqual(["B", "POST", true]);
  for (const wrong of [null, {}, { paths: [] }, "x"]) expect(() => parseOperations(wrong)).toThrow(TypeError);
});
