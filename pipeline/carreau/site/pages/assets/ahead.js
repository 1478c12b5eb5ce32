// Of pages with a model: on a slow line it comes before all else. Preloads the model library while the viewer loads,
// unless data is to be saved, and lets fonts and the pictures below come after the model. What stands in for the fonts is
// as wide, and pictures come at once when the visitor moves towards them.
(({ dataset }) => {
  const MOST_MS = 15000;
  const GOOD_BITS_MS = 5000;
  const { documentElement: page, head } = document;
  const { saveData, effectiveType = "" } = navigator.connection ?? {};
  const wantsLess = saveData || effectiveType.endsWith("2g") || matchMedia("(prefers-reduced-data: reduce)").matches;
  const hasModel = !wantsLess && "WebGL2RenderingContext" in self;

  const showPictures = () => delete page.dataset.pictures;
  const showAll = () => {
    showPictures();
    delete page.dataset.fonts;
  };
  const sheet = head.querySelector('link[rel="stylesheet"]');
  const decide = () => {
    const [file] = performance.getEntriesByName(sheet.href);
    // With the style sheet, the fonts are in the cache.
    const isSoon = !file?.transferSize || (file.encodedBodySize * 8) / (file.responseEnd - file.requestStart) > GOOD_BITS_MS;
    if (isSoon) showAll();
  };
  if (sheet.sheet) decide();
  else sheet.addEventListener("load", decide);
  addEventListener("carreau-load", ({ detail }) => detail.next || showAll());
  addEventListener("carreau-error", showAll);
  for (const move of ["scroll", "keydown"]) addEventListener(move, showPictures, { once: true, passive: true });
  const wait = () => setTimeout(showAll, hasModel ? MOST_MS : 0);
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait);

  if (!hasModel) return;
  // The viewer looks how far it is, and runs it from the cache.
  self.carreauLibrary = fetch(dataset.library, { priority: "high" });
  self.carreauLibrary.catch(() => {});
})(document.currentScript);
