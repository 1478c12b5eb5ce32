// Finds the controls of a page, those of open shadow roots as well, and what is wrong with each; `tests/controls.py` asks it.
window.walkThrough ??= (() => {
  const CONTROLS = "a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], "
    + "[role=slider], [tabindex='0']";
  const FIELDS = "input:not([type=button], [type=submit], [type=reset], [type=checkbox]), select, textarea, [role=slider], [tabindex='0']";
  const above = (node) => node.assignedSlot ?? node.parentNode ?? node.host;
  const line = function* (node) { for (let at = node; at; at = above(at)) if (at instanceof Element) yield at; };
  const within = function* (root) {
    for (const each of root.querySelectorAll("*")) {
      yield each;
      if (each.shadowRoot) yield* within(each.shadowRoot);
    }
  };
  const styleOf = (element) => getComputedStyle(element);
  // What is cut to nothing is for those who hear the page, or shown when it has the focus.
  const isCut = (element) => styleOf(element).clipPath === "inset(50%)";
  const isSeen = (element) => element.checkVisibility({visibilityProperty: true, opacityProperty: !element.labels?.length})
    && [...element.getClientRects()].some(({width, height}) => width > 0 && height > 0)
    && ![...line(element)].some((each) => each.inert || isCut(each));
  const labelsOf = (element) => [...(element.labels ?? [])].filter(isSeen);
  // Below a modal dialog, and around what fills the screen, nothing is within reach.
  const controls = () => {
    const all = [...within(document)], top = all.filter((each) => each.matches(":modal")).at(-1);
    return all.filter((each) => each.matches(CONTROLS) && isSeen(each) && (!top || [...line(each)].includes(top)));
  };

  const deepest = (x, y) => {
    let at = document.elementFromPoint(x, y);
    while (at?.shadowRoot) {
      const inner = at.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === at) break;
      at = inner;
    }
    return at;
  };
  const isHit = (control, x, y) => {
    const hit = deepest(x, y);
    return !!hit && ([...line(hit)].includes(control) || labelsOf(control).some((label) => [...line(hit)].includes(label)));
  };
  const boxesOf = (control) => [...control.getClientRects()].filter(({width, height}) => width > 0 && height > 0);
  const middleOf = (control) => {
    const box = boxesOf(control).reduce((one, other) => other.width * other.height > one.width * one.height ? other : one);
    return [box.left + box.width / 2, box.top + box.height / 2];
  };

  // Only a script can scroll what hides its overflow.
  const hiders = (control) => [...line(control)].filter((each) => {
    const {overflowX, overflowY} = styleOf(each);
    return [overflowX, overflowY].some((value) => value === "hidden" || value === "clip");
  });
  const shown = (control) => {
    const before = hiders(control).map((each) => [each, each.scrollLeft, each.scrollTop]);
    control.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
    const moved = before.find(([each, left, top]) => each.scrollLeft !== left || each.scrollTop !== top);
    for (const [each, left, top] of before) each.scrollTo({left, top, behavior: "instant"});
    return moved?.[0];
  };

  // WCAG 2.2, 2.5.8: 24 pixels, or as much room around, or in a sentence, or as the browser draws it.
  const isInSentence = (control) => {
    const block = [...line(control)].find((each) => each !== control && !styleOf(each).display.startsWith("inline"));
    if (!styleOf(control).display.startsWith("inline") || !block) return false;
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      if (/[\p{L}\p{N}]/u.test(text.data) && !text.parentElement.closest(CONTROLS) && isSeen(text.parentElement)) return true;
    }
    return false;
  };
  const isLarge = (control) => {
    const {width, height} = control.getBoundingClientRect();
    if (width >= LEAST_PX && height >= LEAST_PX) return true;
    if (labelsOf(control).some((each) => each.getBoundingClientRect().width >= LEAST_PX && each.getBoundingClientRect().height >= LEAST_PX)) return true;
    // A link may be made larger than its words by what is drawn over its card.
    const [x, y] = middleOf(control), reach = LEAST_PX / 2 - 0.5;
    return [[reach, reach], [-reach, reach], [reach, -reach], [-reach, -reach]].every(([right, down]) => isHit(control, x + right, y + down));
  };
  const hasRoom = (control, all) => {
    const [x, y] = middleOf(control);
    return all.every((other) => {
      if (other === control || [...line(other)].includes(control) || [...line(control)].includes(other)) return true;
      return boxesOf(other).every(({left, right, top, bottom}) => {
        const away = Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
        const [otherX, otherY] = [left + (right - left) / 2, top + (bottom - top) / 2];
        return away >= LEAST_PX / 2 && (isLargeBox(right - left, bottom - top) || Math.hypot(otherX - x, otherY - y) >= LEAST_PX);
      });
    });
  };
  const isLargeBox = (width, height) => width >= LEAST_PX && height >= LEAST_PX;

  // An area of a map may have its middle under a sign, or in another area.
  const isArea = (control) => {
    if (!(control instanceof SVGElement)) return false;
    const {left, top, width, height} = control.getBoundingClientRect();
    const shares = [...Array(9).keys()].map((at) => (at + 1) / 10);
    return shares.some((across) => shares.some((down) => isHit(control, left + across * width, top + down * height)));
  };
  const wrongWith = (control, all) => {
    const hider = shown(control);
    if (hider) return `cannot be scrolled to: it lies outside of ${brief(hider)}`;
    const [x, y] = middleOf(control);
    if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return `lies outside of the window, at ${Math.round(x)}, ${Math.round(y)}`;
    if (!isHit(control, x, y) && !isArea(control)) return `is covered by ${brief(deepest(x, y))}`;
    if (!isLarge(control) && !isInSentence(control) && !hasRoom(control, all)) {
      const {width, height} = control.getBoundingClientRect();
      return `is ${Math.round(width)} x ${Math.round(height)} pixels`;
    }
    return "";
  };

  const brief = (element) => element ? element.outerHTML.replace(/\s+/g, " ").slice(0, 160) : "nothing";
  const nameOf = (control) => (control.getAttribute("aria-label") || control.labels?.[0]?.innerText || control.innerText
    || control.textContent || control.title || control.name || "").trim().replace(/\s+/g, " ").slice(0, 60);
  // What is made alike does alike: of the same element, classes and data, in parts of the same classes.
  const STATES = /^(is-|has-)|^(chosen|open|now|read|done)$/;
  const marks = (element) => [
    element.localName, element.getAttribute("type") ?? "", element.getAttribute("role") ?? "",
    [...element.classList].filter((name) => !STATES.test(name)).sort().join("."),
    Object.keys(element.dataset ?? {}).sort().join(","), element.dataset?.do ?? element.dataset?.tool ?? element.dataset?.act ?? "",
  ].join(" ").trim().replace(/ +/g, " ");
  const hrefKind = (control) => {
    const href = control.getAttribute("href");
    if (href === null) return "";
    if (href.startsWith("#")) return "#";
    const url = new URL(href, location.href);
    return url.origin === location.origin ? (control.download || control.target ? "file" : "page") : url.protocol;
  };
  const kindOf = (control) => {
    const part = [...line(control)].slice(1).find((each) => each.classList.length || ["header", "footer", "nav", "form", "dialog"].includes(each.localName));
    const host = control.closest("footer") ? "footer" : (control.getRootNode().host?.localName ?? "");
    return [host, part ? marks(part) : "", marks(control), hrefKind(control)].join(" > ");
  };

  // Effects of a press.
  const effects = [];
  for (const name of ["alert", "confirm", "prompt", "print"]) window[name] = () => { effects.push(`${name}()`); return true; };
  let lastChange = performance.now();
  const changed = (records) => {
    const told = records.filter(({type, attributeName, target}) => !(type === "attributes" && attributeName === "style")
      && !(target.getRootNode().host?.localName === "model-viewer"));
    if (told.length) lastChange = performance.now();
    for (const {type, target, attributeName} of told) {
      const element = target instanceof Element ? target : target.parentElement;
      effects.push(`${type} ${attributeName ?? ""} ${element?.localName ?? target.nodeName}`);
    }
  };
  const observer = new MutationObserver(changed);
  const OF_ROOT = {subtree: true, childList: true, attributes: true, characterData: true};
  const watchAll = () => {
    observer.observe(document, OF_ROOT);
    for (const each of within(document)) if (each.shadowRoot) observer.observe(each.shadowRoot, OF_ROOT);
  };
  let pressed, before, isTaken;
  const look = () => ({address: location.href, scrolled: [scrollX, scrollY].map(Math.round).join()});
  addEventListener("fullscreenchange", () => effects.push("fullscreen"));
  for (const type of ["input", "change", "focusin", "toggle", "play", "close", "invalid"]) addEventListener(type, (event) => {
    const target = event.composedPath()[0];
    const isOwn = type === "focusin" && (target === pressed ? !pressed.matches(FIELDS) : !(target instanceof Element && !target.contains(pressed)));
    if (!isOwn) effects.push(`${type} ${target.localName ?? ""}`);
  }, true);
  // Links that leave to a program of the device are handed over by the browser.
  addEventListener("click", (event) => {
    const link = event.composedPath().find((each) => each instanceof Element && each.matches?.("a[href]"));
    const protocol = link && new URL(link.getAttribute("href"), location.href).protocol;
    if (protocol && !/^(https?|javascript):/.test(protocol) && !event.defaultPrevented) effects.push(`program ${protocol}`);
    isTaken = event.defaultPrevented;
  });
  // A link leads somewhere, unless a script does something in its place.
  const isOfPress = (effect) => isTaken || !pressed.matches("a[href]") || !/^(attributes|childList|characterData|toggle) /.test(effect);

  return {
    show: (control) => control && (shown(control), true),
    /** How long nothing has changed, in milliseconds. */
    rest: () => { changed(observer.takeRecords()); watchAll(); return performance.now() - lastChange; },
    /** Each control: kind, name, whether it can be pressed, and what is wrong with it. */
    walk: () => {
      const at = [scrollX, scrollY], all = controls();
      const told = all.map((each) => ({
        kind: kindOf(each), name: nameOf(each), wrong: wrongWith(each, all),
        isOff: each.matches(":disabled, [aria-disabled=true]") || !isHit(each, ...middleOf(each)),
      }));
      scrollTo({left: at[0], top: at[1], behavior: "instant"});
      return told;
    },
    find: (kind, name) => controls().find((each) => kindOf(each) === kind && nameOf(each) === name),
    begin: (control) => { pressed = control; before = look(); isTaken = false; observer.takeRecords(); effects.length = 0; },
    effects: () => {
      changed(observer.takeRecords());
      const now = look();
      return [...effects.filter(isOfPress), ...Object.keys(now).filter((key) => now[key] !== before[key])];
    },
  };
})();
