// Fetch a file of a pack, and keep the pieces of a large one, so that a closed page loses little of it.
import type { PackFile } from "../schema";
import { addressOf } from "./pack_difference";
import { dropPieces, keep, keepPiece, pieces } from "./pack_store";

/** Bytes of a piece: three seconds of a slow connection. */
const PIECE = 512 * 1024;

/** Fetch, check and store a file; false where it is not as it was published, and then nothing of it is kept.

    told : hears how many bytes of the file are there
    isAnew : whether to ask the host itself, and none of the copies on the way
    isPlain : whether to ask for the bytes as they are: a wrong one in compressed bytes looks like a lost connection */
export async function fetchFile(
  file: PackFile, told: (bytes: number) => void, signal: AbortSignal, isAnew: boolean, isPlain: boolean,
): Promise<boolean> {
  const address = addressOf(file);
  const isLarge = file.bytes > PIECE;
  let parts = isLarge && !isAnew ? await pieces(address) : [];
  let done = lengthOf(parts);
  if (done < file.bytes) {
    const headers: HeadersInit = done || isPlain ? { Range: `bytes=${done}-` } : {};
    const answer = await fetch(address, { headers, signal, cache: isAnew ? "reload" : "default" });
    if (!answer.ok || !answer.body) return refusedOrThrown(address, answer);
    if (answer.status !== 206 && done) {
      await dropPieces(address);
      parts = [];
      done = 0;
    }
    let kept = done;
    let fresh: Uint8Array<ArrayBuffer>[] = [];
    const store = async (): Promise<void> => {
      if (!isLarge || !fresh.length) return;
      await keepPiece(address, kept, joined(fresh));
      kept += lengthOf(fresh);
      fresh = [];
    };
    const reader = answer.body.getReader();
    try {
      for (let more = await reader.read(); !more.done && done <= file.bytes; more = await reader.read()) {
        parts.push(more.value);
        fresh.push(more.value);
        done += more.value.length;
        told(Math.min(done, file.bytes));
        if (done - kept >= PIECE && done < file.bytes) await store();
      }
    } catch (failure) {
      await store();
      throw failure;
    }
  }
  const isRight = await keep(file, joined(parts));
  if (isLarge) await dropPieces(address);
  return isRight;
}

/** A host that answers that there is no such file will not have it later; any other failure may pass. */
function refusedOrThrown(address: string, answer: Response): false {
  if (answer.status === 404 || answer.status === 410) return false;
  throw new TypeError(`${address}: ${answer.status}`);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0] as Uint8Array<ArrayBuffer>;
  const whole = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
