// Style of a show: large quiet letters in the light of a lamp.
const CSS = `
:host { display: block; }
dialog { position: fixed; inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; margin: 0; padding: 0; border: 0; background: #000; color: #f4efe6; overflow: hidden; }
dialog:focus { outline: none; } dialog::backdrop { background: #000; }
.screen, .pictures { position: relative; width: 100%; height: 100%; background: #000; }
.screen { cursor: none; } .screen[data-used] { cursor: auto; }
.pictures { display: grid; place-items: center; }
.view { position: relative; width: 100%; height: 100%; container: view / size; overflow: hidden; }
canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.figure { position: absolute; inset: 0; display: grid; place-items: center; }
.figure :is(img, video) { max-width: 100%; max-height: 100%; width: 100%; height: 100%; object-fit: contain; }
.model { position: absolute; inset: 4cqh 4cqw 22cqh; } .model[hidden] { display: none; } model-viewer { width: 100%; height: 100%; background: #0000; }
.pyramid .model { inset: 0 0 30cqh; }
.words { position: absolute; inset: 9cqh 8cqw 24cqh; display: flex; flex-direction: column; justify-content: center; gap: 1.6em; font: 400 calc(clamp(1rem, min(3.5cqw, 4.6cqh), 4rem) * var(--size, 1))/1.45 "Carreau Serif", "Serif by Noto", Georgia, serif; text-align: center; text-wrap: balance; text-shadow: 0 0 .6em #000c, 0 0 .12em #000; }
.words p { margin: 0; }
.words.beside { inset: auto 0 0; max-height: 70cqh; padding: 3cqh 8cqw 6cqh; justify-content: end; background: linear-gradient(#0000, #000b 35%); }
.lines { font-size: 1.18em; color: #fff3d9; } .lines.long { font-size: 1.02em; }
.lines span, .translated span { display: block; }
.ours { color: #f4efe6; white-space: pre-line; } .ours.alone { font-size: 1.28em; line-height: 1.35; }
.translated { font-size: max(.85rem * var(--size, 1), .68em); line-height: 1.5; color: #d9cbb2; font-style: italic; }
.credit { font: 400 max(.75rem * var(--size, 1), .52em)/1.5 "Bricolage Grotesque", "Grotesque by Roboto", system-ui, sans-serif; color: #cdbfa8; letter-spacing: .02em; }
.invites .ours { font-size: 1.35em; } .invites .credit { font-size: .66em; order: -1; letter-spacing: .08em; }
.cue { position: absolute; inset: auto 8cqw 5cqh; margin: 0; text-align: center; white-space: pre-line; font: 500 clamp(1rem, min(2.6cqw, 3.4cqh), 2.5rem)/1.4 "Bricolage Grotesque", system-ui, sans-serif; }
.cue:not(:empty) { padding: .3em .6em; background: #000c; }
@container view (max-aspect-ratio: 1) { .words { inset-inline: 7cqw; font-size: calc(clamp(1rem, min(5.2cqw, 3.4cqh), 4.5rem) * var(--size, 1)); } .lines { font-size: min(4.3cqw, 1.18em); } .lines.long { font-size: min(3.6cqw, 1.02em); } }
@media (prefers-reduced-motion: no-preference) {
  .words:not(.still) :is(.ours, .credit, span) { animation: rise 1.6s var(--at, 0s) both ease-out; }
  .invites:not(.still) .ours { animation: rise 1.6s .3s both ease-out; }
}
@keyframes rise { from { opacity: 0; transform: translateY(.35em); filter: blur(.12em); } }
.four { --_hole: var(--carreau-pyramid-hole, 12); --_view: calc((100 - var(--_hole)) / 2); position: relative; width: min(100vw, 100vh); height: min(100vw, 100vh); }
.quarter { position: absolute; inset: 0; display: grid; justify-content: center; align-content: end; pointer-events: none; }
.quarter:nth-child(2) { rotate: -90deg; } .quarter:nth-child(3) { rotate: 180deg; } .quarter:nth-child(4) { rotate: 90deg; }
.pyramid .view { width: calc(var(--_view) * min(1vw, 1vh)); height: calc(var(--_view) * min(1vw, 1vh)); transform: scaleY(-1);
  --_cut: calc((var(--_view) - var(--_hole)) / (2 * var(--_view)) * 100%); clip-path: polygon(0 0, 100% 0, 100% calc(100% - var(--_cut)), calc(100% - var(--_cut)) 100%, var(--_cut) 100%, 0 calc(100% - var(--_cut))); }
.pyramid .words { inset: 4cqh 6cqw 34cqh; font-size: calc(max(.7rem, min(4.3cqw, 5cqh)) * var(--size, 1)); gap: 1em; }
.controls { position: absolute; inset: auto 0 0; display: flex; flex-wrap: wrap; gap: .6rem 1.5rem; justify-content: space-between; align-items: end; padding: clamp(.75rem, 2.2vmin, 2rem); background: linear-gradient(#0000, #000c 60%); transition: opacity .5s; }
.screen:not([data-step="invitation"], [data-used]) .controls:not(:has(:focus-visible)) { opacity: 0; pointer-events: none; }
.pyramid .controls { inset: auto auto 0 0; flex-direction: column; align-items: start; max-width: min(15rem, 24vw); background: none; }
.screen.pyramid:not([data-used]) .controls:not(:has(:focus-visible)) { opacity: 0; pointer-events: none; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; }
button { min-height: clamp(2.75rem, 4.4vmin, 4.5rem); padding: .3em 1.1em; border: 1px solid #f4efe68c; border-radius: 2em; background: #16110bd9; color: #f4efe6; font: 600 clamp(1rem, 1.9vmin, 1.6rem)/1.2 "Bricolage Grotesque", "Grotesque by Roboto", system-ui, sans-serif; cursor: pointer; }
button:hover { border-color: #fff; } button[aria-pressed="true"] { border-color: #f2b441; background: #f2b441; color: #231a05; }
button.main { border-color: #f2b441; color: #ffd890; }
:focus-visible { outline: 3px solid #f2b441; outline-offset: 3px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-aspect-ratio: 1) { .show .controls, .show .row { justify-content: center; } }
@media (max-width: 40rem) { .controls { justify-content: center; } .controls .row { justify-content: center; } button { min-height: 2.75rem; padding-inline: .8em; font-size: .95rem; } .show[data-step="invitation"] .words { inset-block-end: 34cqh; } }
@media (forced-colors: active) { button { border: 1px solid ButtonText; } }
@media print { dialog { display: none; } }
`;

let sheet: CSSStyleSheet | undefined;

/** Return the shared style sheet; a constructed sheet needs no exception in a content security policy. */
export function showStyleSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
