import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ResumableFetch } from "../src/models/resumable_fetch";

const FILE = new Uint8Array(200_000).map((_, at) => at % 251);
let close: () => void = () => undefined;
afterEach(() => close());

/** Serve the file; the first responses break off after some bytes. */
async function served(breaks: number, knowsRanges = true): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const range = request.headers.range ?? "";
    requests.push(range);
    const from = knowsRanges ? Number(/\d+/.exec(range)?.[0] ?? 0) : 0;
    response.writeHead(from ? 206 : 200, { "Content-Length": FILE.length - from });
    if (requests.length > breaks) return void response.end(FILE.subarray(from));
    response.write(FILE.subarray(from, from + 70_000), () => setImmediate(() => response.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => void server.close();
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

const wanted = (url: string) => new ResumableFetch({ url, bytes: FILE.length, type: "model/gltf-binary" });
const nothing = () => undefined;

test.each([true, false])("a file broken off twice comes whole (ranges: %s)", async (knowsRanges) => {
  const { url, requests } = await served(2, knowsRanges);
  const told: number[] = [];
  let tries = 0;
  const blob = await wanted(url).run((done) => told.push(done), () => (tries += 1), new AbortController().signal, [1, 1, 1]);
  expect(new Uint8Array(await blob.arrayBuffer())).toEqual(FILE);
  expect(blob.type).toBe("model/gltf-binary");
  expect([tries, told.at(-1)]).toEqual([2, FILE.length]);
  expect(requests[0]).toBe("");
  expect(requests.length).toBe(3);
});

test("an aborted download resumes", async () => {
  const { url, requests } = await served(1);
  const file = wanted(url);
  await expect(file.run(nothing, nothing, new AbortController().signal, [])).rejects.toThrow();
  const had = file.done;
  const blob = await file.run(nothing, nothing, new AbortController().signal, []);
  expect(blob.size).toBe(FILE.length);
  expect(requests[1]).toBe(had ? `bytes=${had}-` : "");
});

test("an error response is not a model", async () => {
  const server = createServer((_, response) => response.writeHead(404).end("x"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => void server.close();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await expect(wanted(url).run(nothing, nothing, new AbortController().signal, [])).rejects.toThrow("404");
});

test("the first bytes are there before the others", async () => {
  const { url } = await served(1);
  const file = wanted(url);
  expect(file.head(10).length).toBe(0);
  await expect(file.run(nothing, nothing, new AbortController().signal, [])).rejects.toThrow();
  await file.run(nothing, nothing, new AbortController().signal, []);
  expect(file.head(70_010)).toEqual(FILE.subarray(0, 70_010));
  expect(file.head(1e9)).toEqual(FILE);
});
