// "Find it" on a model: the viewer in the page, where the right annotation is tapped. The list of the annotations above it
// is the same question for the keyboard, and for devices without WebGL.
import { h } from "../dom";
import type { AnswerForm } from "./answer_form";

export function addModelAnswer(question: AnswerForm): void {
  const { site, state, annotation } = question.section.dataset;
  const { words, viewerScript } = question;
  if (!site || !state || !annotation || !viewerScript) return;
  const open = h("button", { type: "button" }, words.t("open_model"));
  open.addEventListener("click", async () => {
    await import(viewerScript);
    const viewer = h("carreau-viewer" as "div", { site, state, lang: document.documentElement.lang, class: "trail-find" });
    viewer.addEventListener("carreau-annotation", (event) => {
      // The other pins stay in view for another try, and no panel tells the answer.
      event.preventDefault();
      if (event.detail.annotation) question.judge(event.detail.annotation === annotation);
    });
    open.replaceWith(viewer);
    viewer.tabIndex = -1;
    viewer.focus();
    await (viewer as Partial<{ open(): Promise<void> }>).open?.();
  });
  question.add(open);
}
