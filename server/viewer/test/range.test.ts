import { expect, test } from "vitest";
import { parseRange, rangeResponse } from "../src/worker/range";

test.each([
  ["bytes=0-1", [0, 2]], ["bytes=2-", [2, 10]], ["bytes=-3", [7, 10]], ["bytes=-30", [0, 10]], ["bytes=5-99", [5, 10]], ["Bytes = 9-9", [9, 10]],
  ["bytes=10-", "none"], ["bytes=-0", "none"],
  ["bytes=4-2", "whole"], ["bytes=-", "whole"], ["lines=1-2", "whole"], ["bytes=0-1,4-5", "whole"], ["bytes=a-b", "whole"],
])("%s of ten bytes", (header, expected) => {
  expect(parseRange(header, 10)).toEqual(expected);
});

const file = () => new Response("0123456789", { headers: { "Content-Type": "audio/mp4", ETag: '"tag"', "Content-Length": "10" } });
const respond = (headers: Record<string, string>) => rangeResponse(new Headers(headers), file());

test("a range gets a partial response", async () => {
  const answer = await respond({ Range: "bytes=-4" });
  expect([answer.status, await answer.text()]).toEqual([206, "6789"]);
  expect(answer.headers.get("Content-Range")).toBe("bytes 6-9/10");
  expect(answer.headers.get("Content-Length")).toBe("4");
  expect(answer.headers.get("Content-Type")).toBe("audio/mp4");
});

test("a range beyond the end is refused, with the length", async () => {
  const answer = await respond({ Range: "bytes=10-" });
  expect([answer.status, answer.headers.get("Content-Range"), await answer.text()]).toEqual([416, "bytes */10", ""]);
});

test.each([[{}], [{ Range: "bytes=0-0,2-2" }], [{ Range: "bytes=0-0", "If-Range": '"other"' }], [{ Range: "bytes=0-0", "If-Range": 'W/"tag"' }]])(
  "%o is answered whole", async (headers) => {
    const answer = await respond(headers as Record<string, string>);
    expect([answer.status, answer.headers.get("Accept-Ranges"), await answer.text()]).toEqual([200, "bytes", "0123456789"]);
  },
);

test("a range of the same version gets a partial response", async () => {
  expect((await respond({ Range: "bytes=0-0", "If-Range": '"tag"' })).status).toBe(206);
});
