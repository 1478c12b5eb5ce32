// The chapters of a trail, as its page has them.
import { parsePoint, type Point } from "../geo/sphere";

export interface Chapter {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly article: HTMLElement;
  readonly heading: HTMLElement;
  /** Where one arrives; undefined where the position is unknown, inexact or simulated. */
  readonly at: Point | undefined;
  /** Slug of the site where it is told. */
  readonly site: string;
  /** Whether it is told at a place, and not on the way. */
  readonly hasPlace: boolean;
  readonly questions: readonly HTMLElement[];
  /** Ids of the chapters that its ways lead to, in their order. */
  readonly ways: readonly string[];
}

/** Return the chapters in their order. */
export function readChapters(root: ParentNode): Chapter[] {
  return [...root.querySelectorAll<HTMLElement>("[data-chapter]")].map((article, index) => {
    const { chapter, title, at, of } = article.dataset;
    return {
      id: chapter ?? "",
      number: index + 1,
      title: title ?? "",
      article,
      heading: article.querySelector<HTMLElement>("h3")!,
      at: parsePoint(at),
      site: of ?? "",
      hasPlace: article.hasAttribute("data-has-place"),
      questions: [...article.querySelectorAll<HTMLElement>("[data-question]")],
      ways: [...article.querySelectorAll<HTMLElement>(".trail-ways [data-to]")].map((way) => way.dataset["to"] ?? ""),
    };
  });
}

/** Return the id of a question. */
export function questionId(chapter: Chapter, index: number): string {
  return `${chapter.id}.${index + 1}`;
}

/** Return the element that a fragment names; undefined for none. */
export function targetOf(hash: string): HTMLElement | undefined {
  try {
    return (hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)))) || undefined;
  } catch {
    // Not a valid encoding.
    return undefined;
  }
}
