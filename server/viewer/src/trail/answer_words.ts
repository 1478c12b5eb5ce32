// Compare what a visitor has typed with the accepted words, without case, accents and punctuation.
import { tokenize } from "../worker/folding";

/** Words around the accepted ones that are let pass: an article, a preposition, "parce que c’était un jour …". */
const MOST_EXTRA = 5;

/** Return whether an answer has the words of an accepted one, in their order and side by side. */
export function isAccepted(answer: string, accepted: readonly string[]): boolean {
  const given = termsOf(answer);
  return accepted.some((each) => {
    const wanted = termsOf(each);
    const isInside = ` ${given.join(" ")} `.includes(` ${wanted.join(" ")} `);
    return wanted.length > 0 && isInside && given.length <= wanted.length + MOST_EXTRA;
  });
}

function termsOf(text: string): string[] {
  return tokenize(text).map(({ term }) => term);
}
