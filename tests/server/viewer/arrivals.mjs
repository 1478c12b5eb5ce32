// Feed tracks to the arrival detector: a JSON list of {spots, fixes} comes in, and what it told at which position goes out.
import { readFileSync } from "node:fs";

const { ArrivalDetector } = await import(process.argv[2]);
const tracks = JSON.parse(readFileSync(0, "utf-8"));
const found = tracks.map(({ spots, fixes }) => {
  const detector = new ArrivalDetector(spots.map(([lon, lat], index) => ({ at: { lon, lat }, site: "", index })));
  return fixes.flatMap(([second, lon, lat, accuracy, speed], index) => {
    const spot = detector.update({ lon, lat, accuracy, time: second * 1000, speed: speed ?? undefined });
    return spot ? [[index, spot.index]] : [];
  });
});
process.stdout.write(JSON.stringify(found));
