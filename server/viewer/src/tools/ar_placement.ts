// "Stand here": standpoint and direction in which what is lost appears at its original place in AR.
import { h, icon } from "../dom";
import { watchBearing } from "../geo/compass";
import { bearingOf, distanceAndBearing, isOriented, tiltOf, turnBetween } from "../geo/pose";
import { compassPoint } from "../geo/sphere";
import type { Pose } from "../schema";
import type { PanelHost } from "./panel_host";

const ARROW = "M12 3l6 16-6-4-6 4z";
/** A tilt below this, in degrees, is not noticeable. */
const LEVEL = 0.5;
/** Step of the announced angle, in degrees, for screen readers. */
const STEP = 15;

/** Return whether a state has a standpoint: a reconstruction or massing model with a location and a known north. */
export function hasStandpoint(host: Pick<PanelHost, "state">): boolean {
  return ["reconstruction", "massing"].includes(host.state.kind.code) && isOriented(host.state);
}

/** Return standpoint, distance and compass. The visitor's position does not leave this function. */
export function standpointSection(host: PanelHost): HTMLElement {
  const { words, site } = host;
  const pose = host.state.pose as Pose;
  const bearing = bearingOf(pose);
  const toward = (degrees: number) => words.t("toward", { point: words.t(compassPoint(degrees)), degrees: words.degrees(degrees) });
  const distance = h("p", { role: "status" });
  const guidance = h("p", { role: "status" });
  const arrow = h("div", { class: "compass", "aria-hidden": "true", hidden: true }, icon(ARROW));
  const measureDistance = () => {
    distance.textContent = words.t("looking_for_place");
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const path = distanceAndBearing({ lon: coords.longitude, lat: coords.latitude }, pose);
      const values = { distance: words.distance(path.metres), toward: toward(path.bearing), accuracy: words.distance(coords.accuracy) };
      distance.textContent = words.t("you_are_at", values);
    }, () => (distance.textContent = words.t("no_position")), { enableHighAccuracy: true, timeout: 20_000 });
  };
  const showCompass = () => {
    const stopped = new AbortController();
    // The compass may take seconds to answer, or never does.
    guidance.textContent = words.t("looking_for_compass");
    void watchBearing((current) => {
      if (!guidance.isConnected) return stopped.abort();
      const right = turnBetween(current, bearing);
      arrow.hidden = false;
      arrow.style.rotate = `${right}deg`;
      const steps = Math.round(right / STEP) * STEP;
      const name = !steps ? "right_way" : steps > 0 ? "turn_to_right" : "turn_to_left";
      const text = words.t(name, { degrees: words.degrees(Math.abs(steps)) });
      if (guidance.textContent !== text) guidance.textContent = text;
    }, () => (guidance.textContent = words.t("no_compass")), stopped.signal);
  };
  const notes = [
    ...(site.is_demonstration ? [h("p", { class: "of" }, words.t("simulated_place"))] : []),
    ...(tiltOf(pose) > LEVEL ? [h("p", { class: "of" }, words.t("leans", { degrees: words.degrees(tiltOf(pose)) }))] : []),
  ];
  const press = (name: string, run: () => void) => h("button", { type: "button", "data-do": name, onclick: run }, words.t(name));
  return h("section", { class: "standing" },
    h("h3", {}, words.t("stand")),
    h("p", {}, words.t("stand_at", { lat: words.coordinate(pose.lat), lon: words.coordinate(pose.lon) })),
    h("p", {}, words.t("look_toward", { toward: toward(bearing) })), ...notes,
    h("div", { class: "row" }, ...("geolocation" in navigator ? [press("how_far", measureDistance)] : []), press("show_compass", showCompass)),
    distance, arrow, guidance, h("p", { class: "of" }, words.t("position_stays")));
}
