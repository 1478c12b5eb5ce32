// Messages between a frame and its parent page: the frame never starts, and answers only its parent.
import { SHOWN, type Quality } from "../models/levels";

// The commands; any other message is refused.

/** Version of the protocol; a message of another version is refused, with the supported versions. */
export const VERSION = 1;
const MAX_LENGTH = 200;

const isName = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= MAX_LENGTH;
const isLevel = (value: unknown): value is Quality => SHOWN.includes(value as Quality);
const isMode = (value: unknown): value is "slider" | "fade" | "side" | undefined => value === undefined || ["slider", "fade", "side"].includes(value as string);
const isShare = (value: unknown): value is number | undefined => value === undefined || (typeof value === "number" && value >= 0 && value <= 1);
const isStep = (value: unknown): value is number | undefined => value === undefined || (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 9999);
const isFlag = (value: unknown): value is boolean | undefined => value === undefined || typeof value === "boolean";

/** Parameters of each command, besides `carreau`, `do` and `id`. */
const FIELDS = {
  hello: { fit: isFlag },
  open: {},
  show: { level: isLevel },
  state: { state: isName },
  lang: { lang: isName },
  view: { view: isName },
  lookAt: { annotation: isName },
  step: { tour: isName, step: isStep },
  compare: { with: isName, mode: isMode, share: isShare },
  stopComparing: {},
};

type Fields = typeof FIELDS;
type ValueOf<Check> = Check extends (value: unknown) => value is infer Value ? Value : never;
export type Command = { [Name in keyof Fields]: { do: Name } & { [Field in keyof Fields[Name]]: ValueOf<Fields[Name][Field]> } }[keyof Fields];

/** Reasons for a refusal: unknown version, invalid message, no `hello` yet, not available here, failed. */
export type Reason = "version" | "message" | "hello" | "unavailable" | "failed";
export type Id = string | number | undefined;
export type ParsedMessage = { id: Id; command: Command } | { id: Id; reason: Reason };

/** Parse a message; undefined if it is not meant for this protocol. */
export function parseMessage(data: unknown): ParsedMessage | undefined {
  if (typeof data !== "object" || data === null || !("carreau" in data)) return undefined;
  const { carreau, do: name, id: requestedId, ...fields } = data as Record<string, unknown>;
  const id = isName(requestedId) || Number.isSafeInteger(requestedId) ? (requestedId as Id) : undefined;
  if (carreau !== VERSION) return { id, reason: "version" };
  if (requestedId !== id || typeof name !== "string" || !Object.hasOwn(FIELDS, name)) return { id, reason: "message" };
  const checks: Record<string, (value: unknown) => boolean> = FIELDS[name as keyof Fields];
  const isKnown = Object.keys(fields).every((field) => Object.hasOwn(checks, field));
  const isValid = Object.entries(checks).every(([field, check]) => check(fields[field]));
  return isKnown && isValid ? { id, command: { do: name, ...fields } as Command } : { id, reason: "message" };
}

/** Raised if the page has nothing to apply a command to. */
export class UnavailableError extends Error {}

type MessageTarget = Pick<Window, "postMessage">;
type Incoming = Pick<MessageEvent, "source" | "origin" | "data">;

export class ParentChannel {
  readonly #parent: MessageTarget;
  readonly #run: (command: Command) => Promise<object | undefined>;
  #origin: string | undefined;

  /** run : execute a command; its result is sent with the answer */
  constructor(parent: MessageTarget, run: (command: Command) => Promise<object | undefined>) {
    this.#parent = parent;
    this.#run = run;
  }

  /**
   * Handle a message. Only messages of the parent window, which `frame-ancestors` allows, are accepted. The origin that
   * sends `hello` first is the only one accepted from then on. An opaque origin ("null") cannot be answered.
   */
  async receive(event: Incoming): Promise<void> {
    const { origin } = event;
    if (event.source !== this.#parent || !origin || origin === "null") return;
    if (this.#origin !== undefined && this.#origin !== origin) return;
    const message = parseMessage(event.data);
    if (!message) return;
    const { id } = message;
    if ("reason" in message) return this.#refuse(id, message.reason, origin);
    if (message.command.do === "hello") this.#origin = origin;
    else if (this.#origin === undefined) return this.#refuse(id, "hello", origin);
    try {
      const result = await this.#run(message.command);
      if (message.command.do === "hello") this.#post("welcome", { ...result, ...(id === undefined ? {} : { id }) }, origin);
      else if (id !== undefined) this.#post("done", { id, ...result }, origin);
    } catch (failure) {
      this.#refuse(id, failure instanceof UnavailableError ? "unavailable" : "failed", origin);
    }
  }

  /** Send an event to the origin that sent `hello`, if any. */
  send(event: string, detail: object): void {
    if (this.#origin !== undefined) this.#post(event, detail, this.#origin);
  }

  #refuse(id: Id, reason: Reason, origin: string): void {
    const more = reason === "version" ? { versions: [VERSION] } : {};
    this.#post("refused", { reason, ...more, ...(id === undefined ? {} : { id }) }, origin);
  }

  #post(event: string, detail: object, origin: string): void {
    this.#parent.postMessage({ ...detail, carreau: VERSION, event }, origin);
  }
}
