// The style sheet of the viewer. It uses the colours of the page, and custom properties override them.
const CSS = `
:host { display: block; position: relative; container-type: inline-size;
  --_ground: var(--carreau-ground, var(--sheet, Canvas)); --_ink: var(--carreau-ink, var(--ink, CanvasText));
  --_soft: var(--carreau-soft, var(--soft, CanvasText)); --_line: var(--carreau-line, var(--edge, GrayText));
  --_accent: var(--carreau-accent, var(--brick, LinkText)); --_on-accent: var(--carreau-on-accent, var(--ground, Canvas));
  --_stage: var(--carreau-stage, var(--land, Canvas)); --_radius: var(--carreau-radius, .4rem);
  color: var(--_ink); }
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
.stage { position: relative; display: grid; overflow: hidden; border-radius: var(--_radius); background: var(--_stage); min-height: 12rem; }
.stage > slot, .stage > .poster { display: block; grid-area: 1 / 1; }
.poster { width: 100%; height: auto; }
::slotted(figure) { margin: 0 !important; }
model-viewer { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 1; background: transparent; --poster-color: transparent; --progress-bar-color: transparent; }
.stage:not([data-open]) model-viewer { visibility: hidden; }
.stage[data-open] > slot, .stage[data-open] > .poster { visibility: hidden; }
.models { position: absolute; inset: 0; }
.models[data-compared=side] model-viewer { width: 50%; }
.models[data-compared=side] model-viewer.other { left: 50%; border-left: 2px solid var(--_line); }
.models[data-compared=fade] model-viewer.other { pointer-events: none; }
.badges { position: absolute; z-index: 3; top: .4rem; max-width: calc(50% - .6rem); display: flex; flex-direction: column; gap: .2rem; font-size: .8rem; line-height: 1.3; pointer-events: none; }
.badges.first { left: .4rem; align-items: flex-start; } .badges.second { right: .4rem; align-items: flex-end; text-align: end; }
.badges > span, .badge { padding: .1rem .45rem; border: 1px solid var(--_line); border-radius: 1em; background: var(--_ground); color: var(--_ink); }
.stage[data-told]:not(:has([data-compared])) .badges.first { display: none; }
.badges .hypothetical { border-style: dashed; border-color: var(--_accent); }
.bar { position: absolute; z-index: 4; inset: auto 0 0; display: flex; flex-wrap: wrap; justify-content: center; gap: .25rem; padding: .35rem; pointer-events: none; }
.bar > * { pointer-events: auto; }
button, .button { min-width: 2.5rem; min-height: 2.5rem; padding: .3rem .6rem; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_ground); color: var(--_ink); font: inherit; font-size: .9rem; line-height: 1.2; cursor: pointer; text-decoration: none; display: inline-flex; align-items: center; justify-content: center; gap: .35rem; }
button:hover:not(:disabled, [aria-disabled]), .button:hover { border-color: var(--_accent); color: var(--_accent); }
button:disabled, button[aria-disabled] { border-style: dashed; color: var(--_soft); cursor: default; }
button.small { min-height: 1.75rem; padding: .1rem .5rem; }
button[aria-expanded=true], button[aria-pressed=true]:not(.pin), button[aria-current] { border-color: var(--_accent); box-shadow: inset 0 0 0 1px var(--_accent); }
:focus-visible, :host(:focus-visible) { outline: 3px solid var(--_accent); outline-offset: 2px; }
model-viewer:focus-visible { outline-offset: -3px; }
.bar :focus-visible { outline-offset: -3px; }
.bar button { flex: none; }
.bar .word { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { width: 1.25rem; height: 1.25rem; flex: none; fill: none; stroke: currentcolor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.open { position: absolute; z-index: 4; inset: 0; margin: auto; width: max-content; height: max-content; max-width: 90%; padding: .7rem 1.1rem; border-color: var(--_accent); background: var(--_accent); color: var(--_on-accent); font-size: 1rem; font-weight: 600; }
.open:hover:not(:disabled) { color: var(--_on-accent); text-decoration: underline; }
.message { position: absolute; z-index: 4; inset: auto .5rem 3.6rem; margin: 0 auto; width: fit-content; max-width: calc(100% - 1rem); padding: .25rem .6rem; border-radius: var(--_radius); background: var(--_ground); color: var(--_ink); font-size: .85rem; text-align: center; }
.message:empty { display: none; }
.message.unseen { width: 1px; height: 1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.loading { position: absolute; z-index: 4; inset: auto 0 3.4rem; display: grid; justify-items: center; gap: .2rem; font-size: .85rem; pointer-events: none; }
.stage:has(.message:not(:empty, .unseen)) .loading { bottom: 5.6rem; }
.loading span { padding: .1rem .5rem; border-radius: var(--_radius); background: var(--_ground); }
progress { width: min(16rem, 70%); height: .5rem; accent-color: var(--_accent); }
.again { position: absolute; z-index: 5; inset: auto 0 50%; margin: 0 auto; width: max-content; }
.caption { position: absolute; z-index: 3; inset: auto .5rem 3.6rem; margin: 0 auto; width: fit-content; max-width: min(40rem, calc(100% - 1rem)); padding: .35rem .7rem; border-radius: var(--_radius); background: #000d; color: #fff; font-size: 1rem; line-height: 1.4; text-align: center; }
.panel { margin: .5rem 0; padding: .6rem .9rem .9rem; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_ground); }
.panel > header { display: flex; align-items: start; justify-content: space-between; gap: 1rem; }
.panel h2 { margin: .3rem 0; font-size: 1.15rem; } .panel h3 { margin: .8rem 0 .2rem; font-size: 1rem; }
.panel p { margin: .35rem 0; max-width: 44rem; } .panel ol, .panel ul { margin: .4rem 0; padding-inline-start: 1.6rem; }
.panel li { margin: .4rem 0; } .panel li.chosen { outline: 2px solid var(--_accent); outline-offset: .3rem; border-radius: 2px; }
.panel img { max-width: min(100%, 30rem); height: auto; display: block; } .panel figure { margin: .5rem 0; } .panel audio { width: min(100%, 30rem); }
.of, figcaption { color: var(--_soft); font-size: .875rem; }
.row { display: flex; flex-wrap: wrap; gap: .4rem; margin: .4rem 0; }
fieldset { margin: .5rem 0; padding: .3rem .7rem .5rem; border: 1px solid var(--_line); border-radius: var(--_radius); }
.choice { display: inline-flex; align-items: center; gap: .35rem; min-height: 2rem; margin-inline-end: 1rem; }
input[type=radio], input[type=checkbox] { flex: none; width: 1.5rem; height: 1.5rem; accent-color: var(--_accent); }
input[type=range] { display: block; width: min(100%, 30rem); min-height: 2rem; accent-color: var(--_accent); }
input[type=text] { width: 100%; min-height: 2.2rem; font: inherit; font-size: .85rem; color: inherit; background: transparent; border: 1px solid var(--_line); border-radius: var(--_radius); padding: .2rem .5rem; }
.qr { display: block; width: 12rem; max-width: 100%; margin: .6rem 0; }
summary { cursor: pointer; min-height: 1.75rem; padding: .15rem 0; }
a { color: var(--_accent); overflow-wrap: anywhere; }
.panel a:not(.button) { display: inline-block; min-height: 1.5rem; }
.mark { margin-inline-start: .25em; padding: 0 .25em; border: 1px solid var(--_line); border-radius: .25em; color: var(--_soft); font-size: .7rem; }
.labels { position: absolute; z-index: 2; inset: 0; overflow: hidden; pointer-events: none; }
.stage:not([data-open]) .labels { visibility: hidden; }
.labels > * { position: absolute; left: 0; top: 0; }
.label { display: block; width: 0; height: 0; min-width: 0; min-height: 0; padding: 0; border: 0; background: none; color: inherit; text-decoration: none; font: 600 13px/1 system-ui, sans-serif; }
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
.area { translate: -50% -50%; color: #2f2a22; font: 500 11px/1 system-ui, sans-serif; letter-spacing: .08em; text-transform: uppercase; white-space: nowrap; text-shadow: 0 0 2px #e9dfcb, 0 0 3px #e9dfcb, 0 0 5px #e9dfcb; } .area.far { color: #4a4439; text-shadow: 0 0 2px #c2b8a6, 0 0 3px #c2b8a6, 0 0 5px #c2b8a6; }
.area.on-photo { color: #fff; text-shadow: 0 0 2px #14170f, 0 0 3px #14170f, 0 0 6px #14170f; }
.line { position: absolute; z-index: 2; top: 0; bottom: 0; width: 2.5rem; margin-left: -1.25rem; cursor: ew-resize; touch-action: none; }
.line::before { content: ""; position: absolute; inset: 0 auto 0 50%; width: 3px; margin-left: -1.5px; background: #fff; box-shadow: 0 0 0 1px #000a; }
.line:focus-visible { outline-offset: -3px; }
.grip { position: absolute; top: 50%; left: 50%; width: 2.25rem; height: 2.25rem; margin: -1.125rem; border: 3px solid #fff; border-radius: 50%; background: #000b; box-shadow: 0 0 0 1px #000a; }
.grip::before, .grip::after { content: ""; position: absolute; top: 50%; width: .5rem; height: .5rem; border: solid #fff; border-width: 2px 0 0 2px; }
.grip::before { left: .45rem; transform: translateY(-50%) rotate(-45deg); } .grip::after { right: .45rem; transform: translateY(-50%) rotate(135deg); }
.pin { width: 1.9rem; min-width: 1.9rem; height: 1.9rem; min-height: 1.9rem; padding: 0; border: 2px solid #fff; border-radius: 50%; background: var(--carreau-pin, #7d2a15); color: #fff; font-weight: 700; font-size: .85rem; box-shadow: 0 0 0 1px #000a; }
.pin:hover:not(:disabled) { color: #fff; border-color: #fff; text-decoration: underline; }
.pin:not([data-visible]) { opacity: .35; } .pin.chosen, .pin[aria-pressed=true] { background: #000; transform: scale(1.2); }
.end { width: .9rem; height: .9rem; border: 2px solid #fff; border-radius: 50%; background: #000; }
.measure { position: absolute; z-index: 2; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.measure line { stroke: #fff; stroke-width: 3; paint-order: stroke; filter: drop-shadow(0 0 1px #000); }
.aim { display: none; } .stage:has(.measure.aiming) .aim { display: block; position: absolute; z-index: 2; inset: 0; margin: auto; width: 1.5rem; height: 1.5rem; pointer-events: none; background: linear-gradient(#000, #000) 50% / 100% 2px no-repeat, linear-gradient(#000, #000) 50% / 2px 100% no-repeat; filter: drop-shadow(0 0 1px #fff) drop-shadow(0 0 1px #fff); }
:host(:fullscreen), :host(.filled) { display: grid !important; margin: 0 !important; grid-template-rows: minmax(0, 1fr) auto; background: var(--_stage); }
:host(.filled) { position: fixed; inset: 0; z-index: 1000; }
:host(:fullscreen) .stage, :host(.filled) .stage { border-radius: 0; align-content: center; }
:host(:fullscreen) .panel, :host(.filled) .panel { max-height: 45vh; overflow: auto; margin: 0; border-radius: 0; }
:host(:fullscreen) > slot, :host(.filled) > slot { display: none; }
.daylight .hour { display: block; } .daylight input[type=date] { min-height: 2.25rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--_line); border-radius: var(--_radius); padding: .2rem .5rem; }
.cues { padding: .3rem .6rem; border-inline-start: 3px solid var(--_accent); }
.standing { margin: .5rem 0; padding: .1rem .75rem .5rem; border: 1px solid var(--_line); border-radius: var(--_radius); }
.compass { width: 5rem; } .compass .icon { width: 5rem; height: 5rem; }
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
.controls { position: fixed; left: 0; bottom: 0; display: grid; gap: .4rem; max-width: 15rem; padding: .6rem; }
.kiosk:fullscreen .controls:not(:hover, :focus-within) { opacity: 0; }
.controls .row { display: grid; margin: 0; } .controls p { margin: 0; } .controls button { border-color: #fff; background: #000; color: #fff; }
.controls button:hover { border-color: #fff; color: #fff; text-decoration: underline; } .controls button[aria-pressed=true] { box-shadow: inset 0 0 0 2px #fff; } .controls :focus-visible { outline-color: #fff; }
@container (min-width: 75rem) {
  .bar .word { position: static; width: auto; height: auto; clip-path: none; }
}
@container (max-width: 30rem) {
  .stage:not([data-bare]) { grid-template-rows: minmax(0, 1fr) minmax(3.2rem, auto); } .stage:has([data-compared]) { min-height: 24rem; }
  .stage > :not(.bar) { grid-area: 1 / 1 / 2 / 2; }
  .bar { position: static; grid-area: 2 / 1; flex-wrap: nowrap; gap: .15rem; min-height: 3.2rem; padding: .35rem .25rem; }
  .bar button { flex: 1 1 0; min-width: 1.6rem; max-width: 3rem; padding: .2rem 0; }
  .badges, .badges.first, .badges.second { left: 0; right: 0; top: 0; text-align: center; max-width: none; flex-flow: row wrap; justify-content: center; gap: 0 .7rem; padding: .15rem .4rem; background: var(--_ground); font-size: .72rem; }
  .badges:empty { display: none; } .badges > span { padding: 0; border: 0; background: none; }
  .badges .kind { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .stage:has([data-compared]) .badges { width: 50%; } .stage:has([data-compared]) .badges.first { right: auto; } .stage:has([data-compared]) .badges.second { left: auto; }
  .message, .caption, .loading { bottom: .4rem; } .stage:has(.message:not(:empty, .unseen)) .loading { bottom: 2.4rem; }
}
@media (prefers-reduced-motion: no-preference) { .pin { transition: transform .15s, opacity .15s; } }
@media (prefers-contrast: more) {
  :host { --_soft: var(--_ink); --_line: var(--_ink); }
  button, .button, .panel, .badges > span, fieldset, .message { border-width: 2px; } .message { border: 2px solid var(--_line); }
  .pin:not([data-visible]) { opacity: .7; } .caption { background: #000; }
}
@media (forced-colors: active) { .labels .dot, .labels b, .pin, .end, .grip, .line::before { forced-color-adjust: none; } .icon { stroke: ButtonText; } }
@media print { .bar, .open, .message, .loading, .panel { display: none; } }
`;

let sheet: CSSStyleSheet | undefined;

/** Return the shared style sheet; a constructed sheet needs no exception in a content security policy. */
export function viewerStyleSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
