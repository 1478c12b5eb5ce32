// Begin to fetch the library that draws models while the viewer is still coming, unless data is to be saved.
(({ dataset }) => {
  const { saveData, effectiveType = "" } = navigator.connection ?? {};
  const wantsLess = saveData || effectiveType.endsWith("2g") || matchMedia("(prefers-reduced-data: reduce)").matches;
  if (wantsLess || !("WebGL2RenderingContext" in self)) return;
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = dataset.library;
  document.head.append(link);
})(document.currentScript);
