// What the ways to answer a question have of its section.
import type { PlaceWords } from "../map/place_words";

export interface AnswerForm {
  readonly section: HTMLElement;
  readonly words: PlaceWords;
  /** Address of the module of <carreau-viewer>; empty for none. */
  readonly viewerScript: string;
  /** Add a part of the form, after the text of the question. */
  add(...parts: Node[]): void;
  /** Say whether an answer is right; a wrong one is no failure. */
  judge(isRight: boolean): void;
}
