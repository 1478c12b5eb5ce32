// The captions of the sound of a step: chosen among those of the folder, or sent from this computer.
import { h } from "../dom";
import { choiceOf, labelled } from "./scene_controls";
import type { SceneHost, Sound } from "./scene_host";
import { sendCaptions } from "./scene_saving";
import { withValues } from "./scene_state";

/** Return the fields for the captions of a sound; `row` is its row among the media, `step` the name of the step. */
export function captionsFields(host: SceneHost, csrf: () => string, sound: Sound, row: string, step: string): HTMLElement[] {
  const { t, place } = host;
  const field = choiceOf(host, `media.${row}.captions`, t("captions"), [["", t("none")], ...place.captions.map((file) => [file, file] as const)]);
  // Two steps may have the same sound; a name of a field is there once.
  const select = field.querySelector("select");
  if (select) select.id = select.dataset["do"] = `f-${step}.captions`;
  field.querySelector("label")?.setAttribute("for", `f-${step}.captions`);
  const input = h("input", { id: `f-${step}.send`, "data-do": `f-${step}.send`, type: "file", accept: ".vtt,text/vtt" });
  input.addEventListener("change", () => void send(host, csrf, sound, row, input.files?.[0]));
  return [field, labelled(input, t("send_captions"))];
}

/** Send a file; what the desk takes is saved at once, with the sound that it is of. */
async function send(host: SceneHost, csrf: () => string, sound: Sound, row: string, file: File | undefined): Promise<void> {
  if (!file) return;
  try {
    const { said, captions, all } = await sendCaptions(sound.captions, csrf(), file);
    if (captions) {
      host.place.captions = all;
      host.edit(withValues(host.state, { [`media.${row}.captions`]: captions }));
    }
    host.say(said.join(" – "));
  } catch {
    host.say(host.t("no_answer"));
  }
}
