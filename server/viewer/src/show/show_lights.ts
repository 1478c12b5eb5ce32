// The light of a mine, drawn: nothing in it shows a real place, lamp or person.
import type { Light } from "./show_script";

type Context = CanvasRenderingContext2D;

const TURN = 2 * Math.PI;
const GRAINS = 90;
/** Of a beam: so many that its edge looks soft. */
const LAYERS = 22;

/** Numbers from 0 to 1 that look random and are the same every time. */
function scattered(index: number, salt: number): number {
  const value = Math.sin(index * 127.1 + salt * 311.7) * 43758.5453;
  return value - Math.floor(value);
}

const grains = Array.from({ length: GRAINS }, (_, index) => ({
  x: scattered(index, 1), y: scattered(index, 2), size: scattered(index, 3), speed: scattered(index, 4),
}));

/** Draw a light at a time in seconds; brightness from 0 to 1, lift of a lamp as a share of the height. */
export function drawLight(context: Context, light: Light, seconds: number, brightness: number, lift = 0): void {
  const { width, height } = context.canvas;
  context.globalCompositeOperation = "source-over";
  context.globalAlpha = 1;
  context.fillStyle = "#000";
  context.fillRect(0, 0, width, height);
  if (light === "dark" || brightness <= 0) return;
  context.globalAlpha = brightness;
  if (light === "lamp") drawLamp(context, width, height, seconds, lift, false);
  else if (light === "dust") drawLamp(context, width, height, seconds, lift, true);
  else if (light === "headframe") drawHeadframe(context, width, height, seconds);
  else drawDay(context, width, height, seconds);
  context.globalAlpha = 1;
}

/** A miner's lamp in the lower corner, its warm pool of light, and grains of dust that cross it. */
function drawLamp(context: Context, width: number, height: number, seconds: number, lift: number, isDusty: boolean): void {
  const unit = Math.min(width, height);
  const flicker = 1 + 0.03 * Math.sin(seconds * 7.3) + 0.02 * Math.sin(seconds * 11.9);
  const x = width * 0.5 + Math.sin(seconds * 0.23) * unit * 0.05;
  const y = height * (1 - lift) - unit * 0.1;
  glow(context, x, y - unit * 0.02, Math.hypot(width, height) * 0.78 * flicker, [
    [0, "rgba(255, 196, 92, .55)"], [0.12, "rgba(222, 140, 48, .34)"], [0.38, "rgba(128, 72, 22, .2)"], [0.7, "rgba(54, 30, 12, .12)"], [1, "rgba(0, 0, 0, 0)"],
  ]);
  if (isDusty) drawCone(context, x, y - unit * 0.03, width, height, seconds);
  drawGrains(context, width, height, seconds, isDusty ? GRAINS : GRAINS / 3, x, y);
  drawLampBody(context, x, y, unit * 0.085, flicker);
}

function glow(context: Context, x: number, y: number, radius: number, stops: [number, string][]): void {
  const gradient = context.createRadialGradient(x, y, 0, x, y, radius);
  for (const [at, colour] of stops) gradient.addColorStop(at, colour);
  context.fillStyle = gradient;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
}

/** A beam with a soft edge that leans with the lamp. */
function drawCone(context: Context, x: number, y: number, width: number, height: number, seconds: number): void {
  const before = context.globalAlpha;
  const lean = Math.sin(seconds * 0.17) * 0.1;
  const reach = Math.hypot(width, height);
  const gradient = context.createRadialGradient(x, y, 0, x, y, reach * 0.9);
  gradient.addColorStop(0, "rgba(255, 206, 120, .042)");
  gradient.addColorStop(0.5, "rgba(190, 120, 50, .014)");
  gradient.addColorStop(1, "rgba(0, 0, 0, 0)");
  context.fillStyle = gradient;
  for (let layer = 0; layer < LAYERS; layer++) {
    const half = 0.08 + (layer / LAYERS) * 0.42;
    context.beginPath();
    context.moveTo(x, y);
    context.arc(x, y, reach, -Math.PI / 2 + lean - half, -Math.PI / 2 + lean + half);
    context.fill();
  }
  context.globalAlpha = before;
}

function drawGrains(context: Context, width: number, height: number, seconds: number, count: number, lampX: number, lampY: number): void {
  const before = context.globalAlpha;
  const unit = Math.min(width, height);
  context.fillStyle = "#ffd9a0";
  for (const grain of grains.slice(0, count)) {
    const rise = (grain.y + seconds * (0.006 + grain.speed * 0.012)) % 1;
    const x = ((grain.x + Math.sin(seconds * 0.1 + grain.speed * TURN) * 0.03 + 1) % 1) * width;
    const y = (1 - rise) * height;
    const near = Math.max(0, 1 - Math.hypot(x - lampX, y - lampY) / (Math.hypot(width, height) * 0.75));
    context.globalAlpha = before * near * near * (0.25 + 0.5 * grain.size) * Math.sin(rise * Math.PI);
    const size = Math.max(0.6, unit * (0.0007 + 0.0018 * grain.size));
    context.beginPath();
    context.arc(x, y, size, 0, TURN);
    context.fill();
  }
  context.globalAlpha = before;
}

/** A flame lamp in outline, no particular model: foot, glass with the flame, bonnet, hook. */
function drawLampBody(context: Context, x: number, y: number, side: number, flicker: number): void {
  glow(context, x, y, side * 1.7 * flicker, [[0, "rgba(255, 236, 190, .95)"], [0.18, "rgba(255, 205, 110, .6)"], [1, "rgba(255, 170, 60, 0)"]]);
  context.fillStyle = "#fff6df";
  context.beginPath();
  context.ellipse(x, y + side * 0.05, side * 0.07, side * 0.2 * flicker, 0, 0, TURN);
  context.fill();
  context.fillStyle = "#050302";
  context.strokeStyle = "#050302";
  context.lineWidth = side * 0.055;
  context.beginPath();
  context.roundRect(x - side * 0.36, y + side * 0.34, side * 0.72, side * 0.34, side * 0.06);
  context.roundRect(x - side * 0.33, y - side * 0.42, side * 0.66, side * 0.12, side * 0.03);
  context.roundRect(x - side * 0.24, y - side * 0.98, side * 0.48, side * 0.58, [side * 0.12, side * 0.12, 0, 0]);
  context.fill();
  for (const at of [-0.29, 0.29]) {
    context.beginPath();
    context.moveTo(x + side * at, y - side * 0.35);
    context.lineTo(x + side * at, y + side * 0.4);
    context.stroke();
  }
  context.beginPath();
  context.arc(x, y - side * 1.1, side * 0.13, 0, TURN);
  context.stroke();
}

/** A headframe and a waste heap against the last light; the wheel turns. */
function drawHeadframe(context: Context, width: number, height: number, seconds: number): void {
  const horizon = height * 0.86;
  const sky = context.createLinearGradient(0, 0, 0, horizon);
  sky.addColorStop(0, "#04060a");
  sky.addColorStop(0.55, "#141019");
  sky.addColorStop(0.82, "#3a1f16");
  sky.addColorStop(1, "#8a4a1c");
  context.fillStyle = sky;
  context.fillRect(0, 0, width, horizon);
  glow(context, width * 0.62, horizon, Math.max(width, height) * (0.42 + 0.01 * Math.sin(seconds * 0.4)), [
    [0, "rgba(255, 170, 70, .5)"], [0.4, "rgba(160, 80, 30, .18)"], [1, "rgba(0, 0, 0, 0)"],
  ]);
  context.fillStyle = "#000";
  context.fillRect(0, horizon, width, height - horizon);
  const unit = Math.min(width, height);
  context.beginPath();
  context.moveTo(width * 0.5 - unit * 0.75, horizon);
  context.lineTo(width * 0.5 - unit * 0.36, horizon - unit * 0.2);
  context.quadraticCurveTo(width * 0.5 - unit * 0.32, horizon - unit * 0.215, width * 0.5 - unit * 0.27, horizon - unit * 0.19);
  context.lineTo(width * 0.5 + unit * 0.12, horizon);
  context.fill();
  // Beside the words where there is room, else below them.
  drawTower(context, width * 0.5 + unit * (width > height ? 0.6 : 0.2), horizon, unit * 0.3, seconds);
}

function drawTower(context: Context, x: number, foot: number, tall: number, seconds: number): void {
  const line = (from: [number, number], to: [number, number], thick: number) => {
    context.lineWidth = tall * thick;
    context.beginPath();
    context.moveTo(x + tall * from[0], foot - tall * from[1]);
    context.lineTo(x + tall * to[0], foot - tall * to[1]);
    context.stroke();
  };
  context.strokeStyle = "#000";
  context.lineCap = "round";
  for (const side of [-0.12, 0.12]) line([side * 1.15, 0], [side, 0.86], 0.03);
  for (let level = 0; level < 5; level++) {
    const [low, high] = [level * 0.17, level * 0.17 + 0.17];
    line([-0.13, high], [0.13, high], 0.014);
    line([level % 2 ? -0.13 : 0.13, low], [level % 2 ? 0.13 : -0.13, high], 0.012);
  }
  line([0.1, 0.84], [0.62, 0], 0.036);
  line([0.13, 0.55], [0.28, 0.55], 0.014);
  line([-0.2, 0.86], [0.24, 0.86], 0.03);
  for (const [at, way] of [[-0.06, 1], [0.1, -1]] as const) {
    const [centreX, centreY, radius] = [x + tall * at, foot - tall * 0.97, tall * 0.105];
    context.lineWidth = tall * 0.016;
    context.beginPath();
    context.arc(centreX, centreY, radius, 0, TURN);
    context.stroke();
    context.lineWidth = tall * 0.006;
    for (let spoke = 0; spoke < 6; spoke++) {
      const angle = (spoke / 6) * TURN + way * seconds * 0.5;
      context.beginPath();
      context.moveTo(centreX, centreY);
      context.lineTo(centreX + Math.cos(angle) * radius, centreY + Math.sin(angle) * radius);
      context.stroke();
    }
  }
  line([0.2, 0.98], [0.9, 0.1], 0.006);
}

/** Daylight at the top of a shaft, and what floats down in it. */
function drawDay(context: Context, width: number, height: number, seconds: number): void {
  const unit = Math.min(width, height);
  const [x, y] = [width / 2, height * 0.06];
  const breath = 1 + 0.015 * Math.sin(seconds * 0.5);
  glow(context, x, y, Math.hypot(width, height) * 0.8 * breath, [
    [0, "rgba(226, 234, 240, .62)"], [0.1, "rgba(170, 190, 204, .34)"], [0.4, "rgba(70, 84, 98, .16)"], [1, "rgba(0, 0, 0, 0)"],
  ]);
  context.fillStyle = "rgba(244, 248, 250, .9)";
  context.beginPath();
  context.ellipse(x, y, unit * 0.11 * breath, unit * 0.034 * breath, 0, 0, TURN);
  context.fill();
  drawGrains(context, width, height, -seconds * 0.6 + 1e4, GRAINS / 2, x, y);
}
