import { expect, test } from "vitest";
import { firstLines, send } from "../src/api/example";
import { parseOperations } from "../src/api/openapi";

type Sent = { url: string; headers: Headers };

/** Return a server that answers everything alike, and what was sent to it. */
function server(status: number, headers: Record<string, string>, body = "{}"): { request: typeof fetch; sent: Sent[] } {
  const sent: Sent[] = [];
  const request = async (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    sent.push({ url: String(url), headers: new Headers(init?.headers) });
    return new Response(status === 304 ? null : body, { status, headers });
  };
  return { request, sent };
}

test("an answer is told by the headers that explain it, in a fixed order", async () => {
  const { request } = server(200, { "X-Other": "1", ETag: '"a"', "Content-Type": "application/geo+json" }, '{"a":[1]}');
  const answer = await send({ url: "/v1/sites" }, request);
  expect(answer.headers).toEqual([["Content-Type", "application/geo+json"], ["ETag", '"a"']]);
  expect(answer.body).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(answer.status).toMatch(/^200/);
});

test("what is repeated carries the tag of the first answer", async () => {
  const { request, sent } = server(304, { ETag: '"a"' });
  const answer = await send({ url: "/v1/terms.fr.json", isRepeated: true }, request);
  expect(sent.map((each) => each.headers.get("If-None-Match"))).toEqual([null, '"a"']);
  expect([answer.status.slice(0, 3), answer.body, answer.bytes]).toEqual(["304", "", 0]);
});

test("a header of an example is sent, and bytes are counted instead of shown", async () => {
  const { request, sent } = server(206, { "Content-Type": "model/gltf-binary", "Content-Range": "bytes 0-3/9" }, "glTF");
  const answer = await send({ url: "/a/b.glb", header: "Range: bytes=0-3" }, request);
  expect(sent[0]?.headers.get("Range")).toBe("bytes=0-3");
  expect([answer.body, answer.bytes]).toEqual(["", 4]);
});

test("only the beginning is shown, of long lines too", () => {
  const shown = firstLines(Array.from({ length: 99 }, () => "x".repeat(999)).join("\n")).split("\n");
  expect([shown.length, shown[0]?.length, shown.at(-1)]).toEqual([25, 161, "…"]);
  expect(firstLines("a;b\n")).toBe("a;b");
});

test("operations stand by tag, with the parameters of their path and those that are referred to", () => {
  const shared = { name: "slug", in: "path", required: true };
  const found = parseOperations({
    paths: {
      "/b/{slug}": { parameters: [shared], get: { tags: ["two"], summary: "B", parameters: [{ $ref: "#/p/a~1b" }] } },
      "/a": { get: { description: "A", deprecated: true }, post: { tags: ["two"] } },
    },
    p: { "a/b": { name: "lang", in: "query", schema: { description: "Language" } } },
  });
  expect([...found.keys()]).toEqual(["two", "–"]);
  const [first, second] = found.get("two") ?? [];
  expect(first?.parameters.map((each) => [each.name, each.isRequired, each.text])).toEqual([["slug", true, ""], ["lang", false, "Language"]]);
  expect([first?.text, second?.method, found.get("–")?.[0]?.isDeprecated]).toEqual(["B", "POST", true]);
  for (const wrong of [null, {}, { paths: [] }, "x"]) expect(() => parseOperations(wrong)).toThrow(TypeError);
});
