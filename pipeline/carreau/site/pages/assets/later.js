// Load the viewer once the page is there and idle; its model waits until somebody asks for it.
(({ dataset: { viewer } }) => {
  const begin = () => (self.requestIdleCallback ?? setTimeout)(() => import(viewer));
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin);
})(document.currentScript);
