// Of pages with a model: on a slow line it comes before all else. Preloads the model library while the viewer loads,
// unless data is to be saved, and lets the fonts of the page come after the model. What stands in for them is as wide.
(({ dataset }) => {
  const MOST_MS = 15000;
  const GOOD_BITS_MS = 5000;
  const { documentElement: page, head } = document;
  const { saveData, effectiveType = "" } = navigator.connection ?? {};
  const wantsLess = saveData || effectiveType.endsWith("2g") || matchMedia("(prefers-reduced-data: reduce)").matches;
  const hasModel = !wantsLess && "WebGL2RenderingContext" in self;

  const showFonts = () => delete page.dataset.fonts;
  const sheet = head.querySelector('link[rel="stylesheet"]');
  const decide = () => {
    const [file] = performance.getEntriesByName(sheet.href);
    // With the style sheet, the fonts are in the cache.
    const isSoon = !file?.transferSize || (file.encodedBodySize * 8) / (file.responseEnd - file.requestStart) > GOOD_BITS_MS;
    if (isSoon) showFonts();
  };
  if (sheet.sheet) decide();
  else sheet.addEventListener("load", decide);
  addEventListener("carreau-load", ({ detail }) => detail.next || showFonts());
  addEventListener("carreau-error", showFonts);
  const wait = () => setTimeout(showFonts, hasModel ? MOST_MS : 0);
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait);

  if (!hasModel) return;
  const link = document.createElement("link");
  link.rel = "modulepreload";
  link.href = dataset.library;
  head.append(link);
})(document.currentScript);
