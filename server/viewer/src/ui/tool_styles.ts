// The styles of the tools that are no panels: the dialog of augmented reality, the cutting plane and the snapshot.
export const TOOL_CSS = `
dialog.ar { width: min(34rem, 100vw - 1rem); max-height: calc(100dvh - 1rem); margin: auto; padding: .6rem .9rem .9rem; overflow: auto; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_ground); color: var(--_ink); font-size: 1rem; line-height: 1.4; text-align: start; }
dialog.ar::backdrop { background: #000a; }
dialog.ar > header { display: flex; align-items: start; justify-content: space-between; gap: 1rem; }
dialog.ar h2 { margin: .3rem 0; font-size: 1.25rem; } dialog.ar h3 { margin: 0; font-size: 1.1rem; } dialog.ar p { margin: .35rem 0; }
.choice-of-size { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .75rem; margin: .6rem 0; padding: .75rem; border: 2px solid var(--_line); border-radius: var(--_radius); }
.choice-of-size > .icon { width: 2.5rem; height: 2.5rem; }
.choice-of-size .button, .choice-of-size button { min-height: 2.75rem; padding-inline: 1rem; }
.choice-of-size .main { border-color: var(--_accent); background: var(--_accent); color: var(--_on-accent); font-weight: 600; }
.choice-of-size .main:hover { color: var(--_on-accent); text-decoration: underline; }
dialog.ar a:not(.button) { display: inline-block; min-height: 1.5rem; }
.choice-of-size img { display: block; max-width: 100%; height: auto; border-radius: var(--_radius); }
@media (max-width: 36rem) { dialog.ar { margin: auto 0 0; width: 100vw; max-width: 100vw; border-radius: var(--_radius) var(--_radius) 0 0; } }
.whole { position: absolute; z-index: 4; top: .5rem; right: .5rem; }
.cut { width: 2.75rem; height: 2.75rem; display: grid; place-items: center; border-radius: 50%; cursor: grab; touch-action: none; pointer-events: auto; }
.cut::before { content: ""; width: 1.75rem; height: 1.75rem; border: 3px solid #fff; border-radius: 50%; background: #000b; box-shadow: 0 0 0 1px #000a; }
.cut::after { content: ""; position: absolute; width: .8rem; height: 3px; background: #fff; box-shadow: 0 -5px #fff, 0 5px #fff; }
.cut:active { cursor: grabbing; } .cut-end { width: 0; height: 0; pointer-events: none; }
.slicing > label { display: block; }
.snapshot img { max-width: min(100%, 26rem); border: 1px solid var(--_line); }
@media (forced-colors: active) { .cut, .cut::before, .cut::after { forced-color-adjust: none; } }
@media print { dialog.ar, .whole { display: none; } }
`;
