// Two models side by side, seen from the same place: that of a new scan, and the one that its state has now.
//
// Their pictures stand there without scripts, and where a model cannot be shown.
import { hasWebGL, loadLibrary } from "../models/model_viewer";
import { LIBRARY, SceneStage } from "./scene_stage";

/** Put the models of two figures in the place of their pictures, and have each camera follow the other. */
async function compare(sides: HTMLElement, say: (text: string) => void): Promise<void> {
  const words = JSON.parse(sides.dataset["words"] ?? "{}") as Record<"loading" | "turn" | "cannot_show" | "no_webgl", string>;
  if (!hasWebGL()) return say(words.no_webgl);
  say(words.loading);
  const shown: [HTMLElement | null, SceneStage][] = [];
  try {
    await loadLibrary(LIBRARY);
    const stages = await Promise.all([...sides.querySelectorAll<HTMLElement>("[data-model]")].map(async (figure) => {
      const [stage, picture] = [new SceneStage(), figure.querySelector("img")];
      shown.push([picture, stage]);
      picture?.replaceWith(stage.element);
      if (!picture) figure.prepend(stage.element);
      stage.onAttached();
      await stage.show(figure.dataset["model"] ?? "", figure.querySelector("figcaption")?.textContent ?? "");
      return stage;
    }));
    link(stages);
    sides.dataset["linked"] = "";
    say(words.turn);
  } catch {
    for (const [picture, { element }] of shown) element.replaceWith(...(picture ? [picture] : []));
    say(words.cannot_show);
  }
}

/** Have the cameras follow the one that a person moves; the first one is where all begin. */
function link(stages: readonly SceneStage[]): void {
  const farthest = Math.max(...stages.map(({ diagonal }) => diagonal));
  for (const stage of stages) {
    stage.reachAtLeast(farthest);
    const lead = () => stages.forEach((each) => each !== stage && each.setDrawnView(stage.drawnView));
    stage.viewer.addEventListener("camera-change", (event) => {
      if ((event as CustomEvent<{ source?: string }>).detail?.source === "user-interaction") lead();
    });
    if (stage === stages[0]) lead();
  }
}

const sides = document.getElementById("sides");
const line = document.getElementById("sides-line");
if (sides) void compare(sides, (text) => line && (line.textContent = text));
