// The styles of the tools that are no panels: the dialog of augmented reality, the cutting plane and the snapshot.
export const TOOL_CSS = `
dialog.ar { width: min(544px, 100vw - 16px); max-height: calc(100dvh - 16px); margin: auto; padding: 9.6px 14.4px 14.4px; overflow: auto; border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_ground); color: var(--_ink); font-size: 16px; line-height: 1.4; text-align: start; }
dialog.ar::backdrop { background: #000a; }
dialog.ar > header { display: flex; align-items: start; justify-content: space-between; gap: 16px; }
dialog.ar h2 { margin: 4.8px 0; font-size: 20px; } dialog.ar h3 { margin: 0; font-size: 17.6px; } dialog.ar p { margin: 5.6px 0; }
.choice-of-size { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 12px; margin: 9.6px 0; padding: 12px; border: 2px solid var(--_line); border-radius: var(--_radius); }
.choice-of-size > .icon { width: 40px; height: 40px; }
.choice-of-size .main { border-color: var(--_accent); background: var(--_accent); color: var(--_on-accent); }
.choice-of-size .main:hover { color: var(--_on-accent); text-decoration: underline; }
dialog.ar a:not(.button) { display: inline-block; min-height: 24px; }
.choice-of-size img { display: block; max-width: 100%; height: auto; border-radius: var(--_radius); }
@media (max-width: 576px) { dialog.ar { margin: auto 0 0; width: 100vw; max-width: 100vw; border-radius: var(--_radius) var(--_radius) 0 0; } }
.whole { position: absolute; z-index: 4; top: 12px; left: 50%; transform: translateX(-50%); }
.cut { width: 44px; height: 44px; display: grid; place-items: center; border-radius: 50%; cursor: grab; touch-action: none; pointer-events: auto; }
.cut::before { content: ""; width: 28px; height: 28px; border: 3px solid #fff; border-radius: 50%; background: #000b; box-shadow: 0 0 0 1px #000a; }
.cut::after { content: ""; position: absolute; width: 12.8px; height: 3px; background: #fff; box-shadow: 0 -5px #fff, 0 5px #fff; }
.cut:active { cursor: grabbing; } .cut-end { width: 0; height: 0; pointer-events: none; }
.slicing > label { display: block; }
.snapshot img { max-width: min(100%, 416px); border: 1px solid var(--_line); }
@media (forced-colors: active) { .cut, .cut::before, .cut::after { forced-color-adjust: none; } }
@media print { dialog.ar, .whole { display: none; } }
`;
