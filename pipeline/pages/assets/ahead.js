// Preload the model library while the viewer loads, unless data is to be saved.
(({ dataset }) => {
  const { saveData, effectiveType = "" } = navigator.connection ?? {};
  const wantsLess = saveData || effectiveType.endsWith("2g") || matchMedia("(prefers-reduced-data: reduce)").matches;
  if (wantsLess || !("WebGL2RenderingContext" in self)) return;
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = dataset.library;
  document.head.append(link);
})(document.currentScript);
