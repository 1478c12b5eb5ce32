// "Stand here": where a reconstruction stood, and which way to look, so that it lies in AR as it lay there.
import { h, icon } from "../dom";
import { watchBearing } from "../geo/compass";
import { bearingOf, isOriented, leanOf, pointOf, turnTo, wayTo } from "../geo/pose";
import type { Pose } from "../schema";
import type { Host } from "./panel_host";

const ARROW = "M12 3l6 16-6-4-6 4z";
/** A lean of fewer degrees is not seen. */
const LEVEL = 0.5;
/** The text of the compass changes in steps of so many degrees, so that it can be listened to. */
const STEP = 15;

/** Say whether a state can be stood before: a reconstruction whose place and north are known. */
export function canStand(host: Pick<Host, "state">): boolean {
  return host.state.kind.code === "reconstruction" && isOriented(host.state);
}

/** Return the words, a way to find the distance, and a compass. The position stays in this function. */
export function standingPart(host: Host): HTMLElement {
  const { words, site } = host;
  const pose = host.state.pose as Pose;
  const bearing = bearingOf(pose);
  const toward = (degrees: number) => words.say("toward", { point: words.say(pointOf(degrees)), degrees: words.degrees(degrees) });
  const far = h("p", { role: "status" });
  const told = h("p", { role: "status" });
  const arrow = h("div", { class: "compass", "aria-hidden": "true", hidden: true }, icon(ARROW));
  const find = () => {
    far.textContent = words.say("looking_for_place");
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const way = wayTo({ lon: coords.longitude, lat: coords.latitude }, pose);
      const values = { distance: words.distance(way.metres), toward: toward(way.bearing), accuracy: words.distance(coords.accuracy) };
      far.textContent = words.say("you_are_at", values);
    }, () => (far.textContent = words.say("no_position")), { enableHighAccuracy: true, timeout: 20_000 });
  };
  const turn = () => {
    const leaving = new AbortController();
    void watchBearing((now) => {
      if (!told.isConnected) return leaving.abort();
      const right = turnTo(now, bearing);
      arrow.hidden = false;
      arrow.style.rotate = `${right}deg`;
      const steps = Math.round(right / STEP) * STEP;
      const name = !steps ? "right_way" : steps > 0 ? "turn_to_right" : "turn_to_left";
      const text = words.say(name, { degrees: words.degrees(Math.abs(steps)) });
      if (told.textContent !== text) told.textContent = text;
    }, () => (told.textContent = words.say("no_compass")), leaving.signal);
  };
  const notes = [
    ...(site.is_demonstration ? [h("p", { class: "of" }, words.say("simulated_place"))] : []),
    ...(leanOf(pose) > LEVEL ? [h("p", { class: "of" }, words.say("leans", { degrees: words.degrees(leanOf(pose)) }))] : []),
  ];
  const press = (name: string, run: () => void) => h("button", { type: "button", "data-do": name, onclick: run }, words.say(name));
  return h("section", { class: "standing" },
    h("h3", {}, words.say("stand")),
    h("p", {}, words.say("stand_at", { lat: words.coordinate(pose.lat), lon: words.coordinate(pose.lon) })),
    h("p", {}, words.say("look_toward", { toward: toward(bearing) })), ...notes,
    h("div", { class: "row" }, ...("geolocation" in navigator ? [press("how_far", find)] : []), press("show_compass", turn)),
    far, arrow, told, h("p", { class: "of" }, words.say("position_stays")));
}
