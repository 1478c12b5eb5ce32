// The style sheet of the viewer: sizes in pixels, and nothing inherited from the page but `--carreau-…` and its colour scheme.
//
// The host is laid out by its page; what pages must not reach is in `.root`. On the host, rules of the page win.
import { TOOL_CSS } from "./tool_styles";

const CSS = `
:host { all: initial; color-scheme: inherit; position: relative; display: grid; grid-template: minmax(0, 1fr) / minmax(0, 1fr); }
:host([hidden]), [hidden] { display: none !important; }
.root { all: initial; color-scheme: inherit; direction: ltr; position: relative; align-self: stretch; display: grid; grid-template: minmax(0, 1fr) auto / minmax(0, 1fr); width: 100%; height: 100%; container: viewer / inline-size;
  --_ground: var(--carreau-ground, light-dark(#fffdf8, #23272a)); --_ink: var(--carreau-ink, light-dark(#1b1d1f, #f4efe6));
  --_soft: var(--carreau-soft, light-dark(#615c53, #cbc3b5)); --_line: var(--carreau-line, light-dark(#857d70, #8d9297));
  --_accent: var(--carreau-accent, light-dark(#b0402a, #f2b441)); --_on-accent: var(--carreau-on-accent, light-dark(#fff, #231a05));
  --_stage: var(--carreau-stage, radial-gradient(120% 90% at 50% 55%, light-dark(#f1eadc, #4b4338), light-dark(#cabea7, #1b1c1d)));
  --_radius: var(--carreau-radius, 12px); --_shadow: 0 1px 2px #0003, 0 4px 14px #0002;
  font: 400 15px/1.45 var(--carreau-font, system-ui, sans-serif); color: var(--_ink); text-align: start; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
@supports not (color: light-dark(#000, #fff)) {
  .root { --_ground: var(--carreau-ground, #fffdf8); --_ink: var(--carreau-ink, #1b1d1f); --_soft: var(--carreau-soft, #615c53); --_line: var(--carreau-line, #857d70);
    --_accent: var(--carreau-accent, #b0402a); --_on-accent: var(--carreau-on-accent, #fff); --_stage: var(--carreau-stage, radial-gradient(120% 90% at 50% 55%, #f1eadc, #cabea7)); }
}
* { box-sizing: border-box; }
sup { font-size: .7em; line-height: 0; }
.stage { align-self: stretch; --_top: 0px; --_right: 0px; --_left: 0px; --_foot: 0px; --_sheet: 0px; position: relative; display: grid; grid-template: minmax(0, 1fr) / minmax(0, 1fr); min-height: 0; overflow: hidden; border-radius: var(--_radius); background: var(--_stage); }
.stage > slot, .stage > .space { display: block; grid-area: 1 / 1; min-height: 0; }
/* Without a picture of the page, the size is that of most posters. The page gives another by its own styles. */
.stage > * { min-width: 0; }
.space { aspect-ratio: 4 / 3; min-height: min(360px, 100svh); max-height: 100svh; visibility: hidden; }
.stage[data-slotted] > .space { display: none; }
.poster { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
::slotted([slot=poster]) { margin: 0 !important; width: 100%; height: 100%; }
::slotted(a) { all: initial !important; display: block !important; width: fit-content !important; padding: 8px 0 !important; font: 400 14px/1.4 var(--carreau-font, system-ui, sans-serif) !important; color: LinkText !important; text-decoration: underline !important; cursor: pointer !important; }
.models { position: absolute; inset: var(--_top) var(--_right) max(var(--_foot), var(--_sheet)) var(--_left); }
model-viewer { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 1; background: transparent; --poster-color: transparent; --progress-bar-color: transparent; }
.stage:not([data-open]) model-viewer { visibility: hidden; }
.stage:not([data-open]) .models { pointer-events: none; }
.stage[data-open] > slot, .stage[data-open] > .poster { visibility: hidden; }
.models[data-compared=side] model-viewer { width: 50%; }
.models[data-compared=side] model-viewer.right { left: 50%; border-left: 2px solid var(--_line); }
.models[data-compared=fade]:not(:has(model-viewer:not(.other)[inert])) model-viewer.other { pointer-events: none; }
/* Everything over the model. */
.over { position: absolute; z-index: 4; inset: 0; pointer-events: none; }
.over button, .over .panel, .over .then-now { pointer-events: auto; }
.badges { position: absolute; top: 12px; max-width: calc(100% - 110px); display: flex; font-size: 13px; line-height: 1.3; }
.badges.first { left: calc(var(--_left) + 12px); } .badges.second { right: 12px; text-align: end; }
.stage:has([data-compared=slider], [data-compared=side]) .badges { max-width: calc(50% - var(--_left) / 2 - 18px); }
.badges > span, .badge { padding: 4px 11px; border: 1px solid transparent; border-radius: 14px; background: var(--_ground); color: var(--_ink); }
.badge { border-color: var(--_line); }
.badges > span { box-shadow: var(--_shadow); }
.stage[data-described]:not(:has([data-compared])) .badges.first { display: none; }
.badges .hypothetical { border: 1px dashed var(--_accent); }
.bar { position: absolute; top: 12px; bottom: calc(var(--_foot) + 12px); right: 10px; display: flex; flex-direction: column; justify-content: center; gap: 8px; }
button, .button { min-width: 44px; min-height: 44px; margin: 0; padding: 6px 14px; border: 1px solid var(--_line); border-radius: 10px; background: var(--_ground); color: var(--_ink); font: inherit; font-weight: 600; font-size: 14px; line-height: 1.2; cursor: pointer; text-decoration: none; display: inline-flex; align-items: center; justify-content: center; gap: 8px; }
button:hover:not(:disabled, [aria-disabled]), .button:hover { border-color: var(--_accent); color: var(--_accent); }
button:disabled, button[aria-disabled] { border-style: dashed; color: var(--_soft); cursor: default; }
button[aria-expanded=true], button[aria-pressed=true]:not(.pin), button[aria-current] { border-color: var(--_accent); box-shadow: inset 0 0 0 1px var(--_accent); }
.bar button { flex: none; width: 72px; min-height: 52px; padding: 6px 2px 5px; flex-direction: column; gap: 2px; border-color: transparent; border-radius: 12px; font-size: 12px; line-height: 1.1; text-align: center; box-shadow: var(--_shadow); }
.bar button[aria-expanded=true], .bar button[aria-pressed=true] { background: var(--_ink); color: var(--_ground); border-color: transparent; box-shadow: var(--_shadow); }
.menu { position: absolute; right: 92px; top: 12px; bottom: calc(var(--_foot) + 12px); display: flex; flex-direction: column; justify-content: safe center; width: max-content; max-width: calc(100% - 100px); overflow: auto; }
.menu > div { flex: none; padding: 6px; border-radius: 14px; background: var(--_ground); box-shadow: var(--_shadow); pointer-events: auto; }
.menu button { display: flex; width: 100%; justify-content: start; gap: 12px; border-color: transparent; text-align: start; background: none; }
:focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; }
:host(:focus-visible) { outline: 3px solid LinkText; outline-offset: 2px; }
model-viewer:focus-visible { outline-offset: -3px; }
[data-tool=more] .icon { stroke-width: 4; }
.bar :focus-visible, .menu :focus-visible, .years :focus-visible { outline-offset: -3px; }
.icon { width: 22px; height: 22px; flex: none; fill: none; stroke: currentcolor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.open { position: absolute; z-index: 4; inset: 0; margin: auto; width: max-content; height: max-content; max-width: 90%; min-height: 52px; padding: 12px 22px; border-color: var(--_accent); background: var(--_accent); color: var(--_on-accent); font-size: 16px; box-shadow: var(--_shadow); }
.open:hover:not(:disabled) { color: var(--_on-accent); text-decoration: underline; }
.foot { position: absolute; left: calc(var(--_left) + 10px); right: 10px; bottom: calc(var(--_sheet) + 12px); display: flex; flex-direction: column; align-items: center; gap: 8px; }
.message, .loading span { max-width: 100%; margin: 0; padding: 5px 12px; border-radius: 14px; background: var(--_ground); color: var(--_ink); font-size: 14px; text-align: center; box-shadow: var(--_shadow); }
/* Beside the flow: nothing moves when they come and go. */
.message { position: absolute; bottom: calc(100% + 8px); } .loading { position: absolute; bottom: calc(100% + 48px); } .loading span { min-width: 160px; font-variant-numeric: tabular-nums; }
.message:empty { display: none; }
.unseen { position: absolute; width: 1px; height: 1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.loading { display: grid; justify-items: center; gap: 4px; font-size: 14px; width: min(260px, 70%); }
progress { width: 100%; height: 8px; accent-color: var(--_accent); }
.again { position: absolute; z-index: 5; inset: auto 0 50%; margin: 0 auto; width: max-content; }
.caption { max-width: min(640px, 100%); padding: 6px 12px; border-radius: 10px; background: #000d; color: #fff; font-size: 16px; line-height: 1.4; text-align: center; }
.when-bar { display: contents; }
.then-now { width: min(540px, 100%); display: flex; align-items: center; gap: 10px; padding: 3px 6px; border-radius: 28px; background: var(--_ground); box-shadow: var(--_shadow); font-weight: 650; font-size: 15px; }
.then-now:has(input:focus-visible) { outline: 3px solid var(--_accent); outline-offset: 2px; } .then-now input:focus-visible { outline: none; }
.then-now .when { flex: 0 1 auto; max-width: 36%; padding: 4px 10px; border-color: transparent; border-radius: 22px; background: none; font-size: 15px; overflow-wrap: anywhere; }
.then-now .when[aria-pressed=true] { border-color: transparent; box-shadow: none; color: var(--_accent); }
.then-now input { flex: 1 1 0; min-width: 60px; width: auto; height: 44px; margin: 0; appearance: none; background: none; cursor: ew-resize; touch-action: none; }
.then-now input::-webkit-slider-runnable-track { height: 6px; border-radius: 3px; background: linear-gradient(to right, var(--_accent) var(--_at, 0%), color-mix(in srgb, var(--_ink) 22%, transparent) 0); }
.then-now input::-moz-range-track { height: 6px; border-radius: 3px; background: linear-gradient(to right, var(--_accent) var(--_at, 0%), color-mix(in srgb, var(--_ink) 22%, transparent) 0); }
.then-now input::-webkit-slider-thumb { appearance: none; width: 28px; height: 28px; margin-top: -11px; border: 4px solid var(--_ground); border-radius: 50%; background: var(--_ink); box-shadow: 0 0 0 1px #0006, 0 1px 4px #0006; }
.then-now input::-moz-range-thumb { width: 20px; height: 20px; border: 4px solid var(--_ground); border-radius: 50%; background: var(--_ink); box-shadow: 0 0 0 1px #0006, 0 1px 4px #0006; }
.years { display: flex; gap: 6px; max-width: 100%; padding: 3px; overflow-x: auto; border-radius: 28px; background: var(--_ground); box-shadow: var(--_shadow); pointer-events: auto; }
.years button { flex: none; border-color: transparent; border-radius: 22px; background: none; white-space: nowrap; }
.years button[aria-pressed=true] { background: var(--_ink); color: var(--_ground); box-shadow: none; }
.panel { position: absolute; left: 12px; top: 12px; bottom: 12px; width: min(380px, 46%); padding: 4px 16px 16px; border-radius: 14px; background: var(--_ground); box-shadow: var(--_shadow); overflow: auto; overscroll-behavior: contain; scrollbar-width: thin; }
.stage[data-panel] { --_left: calc(min(380px, 46%) + 12px); }
.panel > header { position: sticky; top: -4px; z-index: 1; margin: 0 -16px; padding: 8px 8px 4px 16px; background: var(--_ground); display: flex; align-items: center; justify-content: space-between; gap: 12px; }
.panel h2 { margin: 5px 0; font-size: 18px; } .panel h3 { margin: 13px 0 3px; font-size: 16px; } .panel h4 { margin: 9px 0 0; font-size: 14px; }
.panel p { margin: 6px 0; max-width: 704px; } .panel ol, .panel ul { margin: 6px 0; padding-inline-start: 26px; }
.panel li { margin: 6px 0; } .panel li.chosen { outline: 2px solid var(--_accent); outline-offset: 5px; border-radius: 2px; }
.panel img { max-width: min(100%, 480px); height: auto; display: block; } .panel figure { margin: 8px 0; } .panel audio { width: min(100%, 480px); }
:is(.panel, .menu):popover-open { position: fixed; inset: auto 0 0; z-index: 5; width: 100%; max-width: none; height: auto; max-height: 46dvh; margin: 0; border: 0; border-radius: 16px 16px 0 0; box-shadow: 0 -1px 12px #0006; pointer-events: auto; }
:is(.panel, .menu).away:popover-open { visibility: hidden; }
.menu:popover-open { display: block; max-height: 70dvh; padding: 8px 8px max(8px, env(safe-area-inset-bottom)); background: var(--_ground); color: var(--_ink); } .menu:popover-open > div { display: grid; grid-template-columns: 1fr 1fr; padding: 0; box-shadow: none; }
.panel .caption { max-width: none; margin: 4px 0 8px; text-align: start; }
.on-sheet { display: none; } .panel:popover-open .on-sheet { display: inline-flex; }
.of, figcaption { color: var(--_soft); font-size: 14px; }
.row { display: flex; flex-wrap: wrap; gap: 6px; margin: 6px 0; }
fieldset { margin: 8px 0; padding: 5px 11px 8px; border: 1px solid var(--_line); border-radius: var(--_radius); }
.choice { display: inline-flex; align-items: center; gap: 8px; min-height: 44px; margin-inline-end: 16px; }
input[type=radio], input[type=checkbox] { flex: none; width: 24px; height: 24px; accent-color: var(--_accent); }
input[type=range] { display: block; width: min(100%, 480px); min-height: 44px; accent-color: var(--_accent); }
input[type=text] { width: 100%; min-height: 44px; font: inherit; font-size: 14px; color: inherit; background: transparent; border: 1px solid var(--_line); border-radius: var(--_radius); padding: 3px 8px; }
.qr { display: block; width: 192px; max-width: 100%; margin: 10px 0; }
summary { cursor: pointer; min-height: 44px; padding: 11px 0; }
a { color: var(--_accent); overflow-wrap: anywhere; }
.panel a:not(.button) { display: inline-block; min-height: 24px; }
.mark { margin-inline-start: .25em; padding: 0 .25em; border: 1px solid var(--_line); border-radius: .25em; color: var(--_soft); font-size: 11px; }
.labels { position: absolute; z-index: 2; inset: 0; overflow: hidden; pointer-events: none; }
.stage:not([data-open]) .labels { visibility: hidden; }
.labels > * { position: absolute; left: 0; top: 0; }
.label { display: block; width: 0; height: 0; min-width: 0; min-height: 0; padding: 0; border: 0; background: none; color: inherit; text-decoration: none; font: 600 13px/1 var(--carreau-font, system-ui, sans-serif); }
.labels .dot, .labels b { position: absolute; left: -12px; top: -12px; width: 24px; height: 24px; display: grid; place-items: center; pointer-events: auto; border-radius: 50%; }
.labels .dot::before { content: ""; width: 11px; height: 11px; border: 2px solid #fff; border-radius: 50%; background: #93361f; box-shadow: 0 0 0 1px #0009; }
.labels .dot.cadre-de-vie::before { background: #3f6127; } .labels .dot.exploitation::before { background: #1f2225; border-radius: 2px; rotate: 45deg; }
.labels b { background: #1f2225; color: #fff; border: 2px solid #fff; font-size: 12px; box-shadow: 0 0 0 1px #0009; cursor: pointer; }
.label .text { position: absolute; top: -12px; padding: 0 9px; border-radius: 12px; background: #fffdf8; color: #1f2225; line-height: 24px; white-space: nowrap; box-shadow: 0 1px 3px #0006; pointer-events: auto; cursor: pointer; }
.label[data-side=right] .text { left: 13px; } .label[data-side=left] .text { right: 13px; } .label[data-side=above] .text { top: -37px; left: 0; transform: translateX(-50%); }
.label[data-side=below] .text { top: 13px; left: 0; transform: translateX(-50%); }
.label[data-side=none] .text { left: 13px; clip-path: inset(50%); width: 1px; height: 1px; padding: 0; overflow: hidden; pointer-events: none; }
.label:is(:hover, :focus-visible, .under) .text { z-index: 1; clip-path: none; width: auto; height: auto; padding: 0 9px; overflow: visible; text-decoration: underline; }
.label:is(:hover, :focus-visible, .under) { z-index: 3; } .label:focus-visible { outline: none; } .label:focus-visible .text { outline: 3px solid #f1b340; outline-offset: 1px; }
.label.own .text { background: #f1b340; cursor: default; text-decoration: none !important; } .label.own .dot::before { background: #f1b340; border-color: #1f2225; }
.stem { position: absolute; left: -1px; top: 6px; width: 2px; height: 16px; background: #1f2225; box-shadow: 0 0 0 .5px #fff9; }
.area { translate: -50% -50%; color: #2f2a22; font: 500 11px/1 var(--carreau-font, system-ui, sans-serif); letter-spacing: .08em; text-transform: uppercase; white-space: nowrap; text-shadow: 0 0 2px #e9dfcb, 0 0 3px #e9dfcb, 0 0 5px #e9dfcb; } .area.far { color: #4a4439; text-shadow: 0 0 2px #c2b8a6, 0 0 3px #c2b8a6, 0 0 5px #c2b8a6; }
.area.on-photo { color: #fff; text-shadow: 0 0 2px #14170f, 0 0 3px #14170f, 0 0 6px #14170f; }
.line { position: absolute; z-index: 2; top: 0; bottom: 0; width: 40px; margin-left: -20px; cursor: ew-resize; touch-action: none; }
.line::before { content: ""; position: absolute; inset: 0 auto 0 50%; width: 3px; margin-left: -1.5px; background: #fff; box-shadow: 0 0 0 1px #000a; }
.line:focus-visible { outline-offset: -3px; }
.grip { position: absolute; top: 50%; left: 50%; width: 36px; height: 36px; margin: -18px; border: 3px solid #fff; border-radius: 50%; background: #000b; box-shadow: 0 0 0 1px #000a; }
.grip::before, .grip::after { content: ""; position: absolute; top: 50%; width: 8px; height: 8px; border: solid #fff; border-width: 2px 0 0 2px; }
.grip::before { left: 7px; transform: translateY(-50%) rotate(-45deg); } .grip::after { right: 7px; transform: translateY(-50%) rotate(135deg); }
.pin { width: 30px; min-width: 30px; height: 30px; min-height: 30px; padding: 0; border: 2px solid #fff; border-radius: 50%; background: var(--carreau-pin, #7d2a15); color: #fff; font-weight: 700; font-size: 14px; box-shadow: 0 0 0 1px #000a; }
.pin:hover:not(:disabled) { color: #fff; border-color: #fff; text-decoration: underline; }
.pin:not([data-visible]) { opacity: .35; } .pin.chosen, .pin[aria-pressed=true] { background: #000; transform: scale(1.2); }
.end { width: 14px; height: 14px; border: 2px solid #fff; border-radius: 50%; background: #000; }
.measure { position: absolute; z-index: 2; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.measure line { stroke: #fff; stroke-width: 3; paint-order: stroke; filter: drop-shadow(0 0 1px #000); }
.aim { display: none; } .stage:has(.measure.aiming) .aim { display: block; position: absolute; z-index: 2; inset: 0; margin: auto; width: 24px; height: 24px; pointer-events: none; background: linear-gradient(#000, #000) 50% / 100% 2px no-repeat, linear-gradient(#000, #000) 50% / 2px 100% no-repeat; filter: drop-shadow(0 0 1px #fff) drop-shadow(0 0 1px #fff); }
:host(:fullscreen), :host(.filled) { display: grid !important; width: 100% !important; height: 100% !important; max-width: none !important; max-height: none !important; margin: 0 !important; background: Canvas; }
:host(.filled) { position: fixed !important; inset: 0 !important; z-index: 1000; }
:host(:fullscreen) .stage, :host(.filled) .stage { border-radius: 0; }
:host(:fullscreen) .root > slot, :host(.filled) .root > slot { display: none; }
.daylight .hour { display: block; } .daylight input[type=date] { min-height: 44px; font: inherit; color: inherit; background: transparent; border: 1px solid var(--_line); border-radius: var(--_radius); padding: 3px 8px; }
.cues { padding: 5px 10px; border-inline-start: 3px solid var(--_accent); }
.standing { margin: 8px 0; padding: 2px 12px 8px; border: 1px solid var(--_line); border-radius: var(--_radius); }
.compass { width: 80px; } .compass .icon { width: 80px; height: 80px; }
.pyramid { position: fixed; inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; margin: 0; padding: 0; border: 0; background: #000; color: #fff; overflow: hidden; }
.pyramid::backdrop { background: #000; }
.kiosk { width: 100%; height: 100%; display: grid; place-items: center; background: #000; }
.four { --_hole: var(--carreau-pyramid-hole, 33.3333); --_view: calc((100 - var(--_hole)) / 2); position: relative; width: min(100vw, 100vh); height: min(100vw, 100vh); }
.four.above { transform: scaleX(-1); }
.quarter { position: absolute; inset: 0; display: grid; justify-content: center; align-content: end; pointer-events: none; }
.quarter:nth-child(2) { rotate: -90deg; } .quarter:nth-child(3) { rotate: 180deg; } .quarter:nth-child(4) { rotate: 90deg; }
.pyramid model-viewer { position: static; width: calc(var(--_view) * min(1vw, 1vh)); height: calc(var(--_view) * min(1vw, 1vh)); transform: scaleY(-1);
  --_cut: calc((var(--_view) - var(--_hole)) / (2 * var(--_view)) * 100%); clip-path: polygon(0 0, 100% 0, 100% calc(100% - var(--_cut)), calc(100% - var(--_cut)) 100%, var(--_cut) 100%, 0 calc(100% - var(--_cut))); }
.pyramid .above model-viewer { transform: none; clip-path: polygon(var(--_cut) 0, calc(100% - var(--_cut)) 0, 100% var(--_cut), 100% 100%, 0 100%, 0 var(--_cut)); }
.controls { position: fixed; left: 0; bottom: 0; display: grid; gap: 6px; max-width: 240px; padding: 10px; }
.kiosk:fullscreen .controls:not(:hover, :focus-within) { opacity: 0; }
.controls .row { display: grid; margin: 0; } .controls p { margin: 0; } .controls button { border-color: #fff; background: #000; color: #fff; }
.controls button:hover { border-color: #fff; color: #fff; text-decoration: underline; } .controls button[aria-pressed=true] { box-shadow: inset 0 0 0 2px #fff; } .controls :focus-visible { outline-color: #fff; }
.stage[data-then-now] { --_foot: 72px; }
@container viewer (max-width: 639px) {
  .panel { left: 0; right: 0; top: auto; bottom: 0; width: auto; height: 54%; border-radius: 16px 16px 0 0; }
  .stage[data-panel] { --_left: 0px; --_foot: 0px; }
  .stage[data-panel]:not([data-sheet]) { --_sheet: 54%; }
  /* The tools are beside it: the notice stays out of their column. */
  .message { left: 0; right: 76px; width: fit-content; margin-inline: auto; }
  .stage[data-panel] .message { right: 0; }
  .stage:not([data-territory], [data-panel]) { --_top: 36px; --_right: 44px; }
  .stage[data-panel] :is(.badges, .bar, .then-now, .years) { display: none; }
  .badges { font-size: 12px; } .bar { right: 8px; } .bar button { width: 68px; } .menu { right: 84px; }
  .then-now { gap: 4px; } .then-now .when { padding: 4px 6px; font-size: 14px; }
}
@media (prefers-reduced-motion: no-preference) { .pin { transition: transform .15s, opacity .15s; } }
@media (prefers-contrast: more) {
  .root { --_soft: var(--_ink); --_line: var(--_ink); }
  button, .button, .bar button, .panel, .menu > div, .badges > span, .then-now, fieldset, .message { border: 2px solid var(--_line); }
  .pin:not([data-visible]) { opacity: .7; } .caption { background: #000; }
}
@media (forced-colors: active) { .then-now input { appearance: auto; } .panel, .menu > div, .then-now, .years, .message, .bar button { border: 1px solid ButtonText; } .labels .dot, .labels b, .pin, .end, .grip, .line::before { forced-color-adjust: none; } .icon { stroke: ButtonText; } }
@media print { .over, .open { display: none; } }
`;

let sheet: CSSStyleSheet | undefined;

/** Return the shared style sheet; a constructed sheet needs no exception in a content security policy. */
export function viewerStyleSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS + TOOL_CSS);
  }
  return sheet;
}
