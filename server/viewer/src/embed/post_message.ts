// The talk between a frame of ours and the page around it: it never begins, and answers that page alone.
import type { Command, Id, Reason } from "./messages";
import { VERSION, readMessage } from "./messages";

/** Raised by what has nothing to do a command with. */
export class UnavailableError extends Error {}

type Listener = Pick<Window, "postMessage">;
type Heard = Pick<MessageEvent, "source" | "origin" | "data">;

export class Talk {
  readonly #parent: Listener;
  readonly #run: (command: Command) => Promise<object | undefined>;
  #origin: string | undefined;

  /** run : do a command; what it returns is told with the answer */
  constructor(parent: Listener, run: (command: Command) => Promise<object | undefined>) {
    this.#parent = parent;
    this.#run = run;
  }

  /**
   * Hear a message. Only the window around this one is heard, which `frame-ancestors` lets be there; the origin that
   * says hello first is the only one that is heard and answered from then on. One without a name cannot be answered.
   */
  async hear(event: Heard): Promise<void> {
    const { origin } = event;
    if (event.source !== this.#parent || !origin || origin === "null") return;
    if (this.#origin !== undefined && this.#origin !== origin) return;
    const heard = readMessage(event.data);
    if (!heard) return;
    const { id } = heard;
    if ("reason" in heard) return this.#refuse(id, heard.reason, origin);
    if (heard.command.do === "hello") this.#origin = origin;
    else if (this.#origin === undefined) return this.#refuse(id, "hello", origin);
    try {
      const told = await this.#run(heard.command);
      if (heard.command.do === "hello") this.#say("welcome", { ...told, ...(id === undefined ? {} : { id }) }, origin);
      else if (id !== undefined) this.#say("done", { id, ...told }, origin);
    } catch (failure) {
      this.#refuse(id, failure instanceof UnavailableError ? "unavailable" : "failed", origin);
    }
  }

  /** Tell the page that said hello of something; nobody where none did. */
  tell(event: string, detail: object): void {
    if (this.#origin !== undefined) this.#say(event, detail, this.#origin);
  }

  #refuse(id: Id, reason: Reason, origin: string): void {
    const more = reason === "version" ? { versions: [VERSION] } : {};
    this.#say("refused", { reason, ...more, ...(id === undefined ? {} : { id }) }, origin);
  }

  #say(event: string, detail: object, origin: string): void {
    this.#parent.postMessage({ ...detail, carreau: VERSION, event }, origin);
  }
}
