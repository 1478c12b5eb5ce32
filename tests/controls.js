// Finds the controls of a page, those of open shadow roots as well, and what is wrong with each; `tests/controls.py` asks it.
window.walkThrough ??= (() => {
  const CONTROLS = "a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], "
    + "[role=slider], [tabindex='0']";
  const FIELDS = "input:not([type=button], [type=submit], [type=reset], [type=checkbox]), select, textarea, [role=slider], [tabindex='0']";
  const OFF = ":disabled, [aria-disabled=true]";
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
  let veiled = new WeakMap();
  const isVeiled = (element) => {
    if (!veiled.has(element)) {
      const up = line(above(element)).next().value;
      veiled.set(element, element.inert || isCut(element) || !!up && isVeiled(up));
    }
    return veiled.get(element);
  };
  const isPoint = (element) => !!element.slot?.startsWith("hotspot");
  // A point of a model may lie beside what its stage shows now: the visitor turns the model.
  const isBeside = (element) => {
    const stage = isPoint(element) && element.parentElement?.getBoundingClientRect();
    if (!stage) return false;
    const {left, top, right, bottom} = element.getBoundingClientRect();
    return left < stage.left || top < stage.top || right > stage.right || bottom > stage.bottom;
  };
  const isSeen = (element) => element.checkVisibility({visibilityProperty: true, opacityProperty: !element.labels?.length})
    && [...element.getClientRects()].some(({width, height}) => width > 0 && height > 0)
    && !isBeside(element) && !isVeiled(element);
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

  // An area of a map, and a model that is turned, may have the middle under a sign, or in another area.
  const isArea = (control) => {
    if (!(control instanceof SVGElement) && !control.matches("[role=img]")) return false;
    const {left, top, width, height} = control.getBoundingClientRect();
    const shares = [...Array(9).keys()].map((at) => (at + 1) / 10);
    // Two models that lie over each other are turned as one.
    const box = control.getRootNode().host?.parentNode;
    const isOne = (hit) => hit?.matches("[role=img]") && !!box && hit.getRootNode().host?.parentNode === box;
    const isThere = (x, y) => isHit(control, x, y) || isOne(deepest(x, y));
    return shares.some((across) => shares.some((down) => isThere(left + across * width, top + down * height)));
  };
  const isReached = (control) => isHit(control, ...middleOf(control)) || isArea(control);

  // What a press opened over the page hides what lies below, as long as something that can be pressed closes it.
  const popupOf = (hit) => [...line(hit)].find((each) => each.matches(":popover-open, details[open] > :not(summary), [id]")
    && ["absolute", "fixed"].includes(styleOf(each).position) && closers(each).length);
  const closers = (popup) => [...within(document)].filter((each) => each.matches("button, summary") && (
    each.matches("summary") ? each.parentElement.open && each.parentElement === popup.parentElement
      : each.getAttribute("aria-expanded") === "true" && each.getAttribute("aria-controls") === popup.id && popup.id
        || each.popoverTargetElement === popup && popup.matches(":popover-open")
        || each.matches("[data-do=close]") && [...line(each)].includes(popup)));
  const isClosable = (popup) => closers(popup).some((each) => isSeen(each) && (shown(each), isHit(each, ...middleOf(each))));
  const isIn = (x, y) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
  const wrongWith = (control, all) => {
    const {width, height} = control.getBoundingClientRect(), now = middleOf(control);
    // What is hit where the page stands need not be scrolled to; that spares most of the scrolling of a long page.
    if (isLargeBox(width, height) && isIn(...now) && isHit(control, ...now)) return "";
    const hider = shown(control);
    if (hider) return `cannot be scrolled to: it lies outside of ${brief(hider)}`;
    const [x, y] = middleOf(control);
    if (!isIn(x, y)) return `lies outside of the window, at ${Math.round(x)}, ${Math.round(y)}`;
    if (!isReached(control)) {
      const hit = deepest(x, y);
      // Of points of a model that lie behind each other the visitor sees the next one by turning it.
      if (isPoint(control) && hit && [...line(hit)].some(isPoint)) return null;
      const popup = hit && popupOf(hit);
      if (popup && ![...line(control)].includes(popup)) return isClosable(popup) ? null : `is covered by what nothing closes: ${brief(popup)}`;
      return `is covered by ${brief(hit)}`;
    }
    if (!isLarge(control) && !isInSentence(control) && !hasRoom(control, all)) return `is ${Math.round(width)} x ${Math.round(height)} pixels`;
    return "";
  };

  const brief = (element) => element ? element.outerHTML.replace(/\s+/g, " ").slice(0, 160) : "nothing";
  const nameOf = (control) => (control.getAttribute("aria-label") || control.labels?.[0]?.innerText || control.innerText
    || control.textContent || control.title || control.name || "").trim().replace(/\s+/g, " ").slice(0, 60);
  // What is made alike does alike: of the same element, classes and data, in parts of the same classes.
  const STATES = /^(is-|has-)|^(chosen|open|now|read|done|visible|shown)$/;
  const marks = (element) => [
    element.localName, element.getAttribute("type") ?? "", element.getAttribute("role") ?? "",
    [...element.classList].filter((name) => !STATES.test(name)).sort().join("."),
    Object.keys(element.dataset ?? {}).filter((key) => !STATES.test(key)).sort().join(","), element.dataset?.do ?? element.dataset?.tool ?? element.dataset?.act ?? "",
  ].join(" ").trim().replace(/ +/g, " ");
  const hrefKind = (control) => {
    const href = control.getAttribute("href");
    if (href === null) return "";
    if (href.startsWith("#")) return "#";
    const url = new URL(href, location.href);
    return url.origin === location.origin ? (control.hasAttribute("download") || control.target ? "file" : "page") : url.protocol;
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
  let pressed, before, clicked;
  const look = () => ({address: location.href, scrolled: [scrollX, scrollY].map(Math.round).join(), turned: views()});
  const views = () => [...within(document)].filter((each) => each.localName === "model-viewer" && each.getCameraOrbit)
    .map((each) => [each.getCameraOrbit(), each.getCameraTarget(), each.getFieldOfView()].join(" ")).join();
  addEventListener("fullscreenchange", () => effects.push("fullscreen"));
  for (const type of ["input", "change", "focusin", "toggle", "play", "close", "invalid"]) addEventListener(type, (event) => {
    const target = event.composedPath()[0];
    const isOwn = type === "focusin" && (target === pressed ? !pressed.matches(FIELDS) : !(target instanceof Element && !target.contains(pressed)));
    if (!isOwn) effects.push(`${type} ${target.localName ?? ""}`);
  }, true);
  addEventListener("click", (event) => {
    clicked = {event, link: event.composedPath().find((each) => each instanceof Element && each.matches?.("a[href]"))};
  });
  // Links that leave to a program of the device are handed over by the browser.
  const programs = () => {
    const protocol = clicked?.link && new URL(clicked.link.getAttribute("href"), location.href).protocol;
    return protocol && !/^(https?|javascript):/.test(protocol) && !clicked.event.defaultPrevented ? [`program ${protocol}`] : [];
  };
  // A link leads somewhere, unless a script does something in its place.
  const isOfPress = (effect) => clicked?.event.defaultPrevented || !pressed.matches("a[href]") || !/^(attributes|childList|characterData|toggle) /.test(effect);

  // What the page will still do by itself: timers that end soon, sounds and films, and what moves to an end.
  const waiting = new Set(), players = new Set();
  const noted = (begin, end, isSoon) => {
    const [start, stop] = [window[begin], window[end]];
    window[begin] = (act, when, ...more) => {
      if (typeof act !== "function") return start(act, when, ...more);
      const mark = `${begin} `, id = start((...given) => {
        if (begin !== "setInterval") waiting.delete(mark + id);
        return act(...given);
      }, when, ...more);
      if (isSoon(when)) waiting.add(mark + id);
      return id;
    };
    window[end] = (id) => {
      for (const mark of ["setTimeout ", "setInterval "]) if (end !== "cancelIdleCallback") waiting.delete(mark + id);
      waiting.delete(`${begin} ${id}`);
      return stop(id);
    };
  };
  noted("setTimeout", "clearTimeout", (ms) => !(ms > SOON_MS));
  noted("setInterval", "clearInterval", () => true);
  noted("requestIdleCallback", "cancelIdleCallback", () => true);
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () { players.add(this); return play.call(this); };
  const isLoading = (each) => each.localName === "model-viewer" && !!each.src && !each.loaded;
  const isUnderWay = () => waiting.size > 0 || [...within(document)].some(isLoading) || [...players].some((each) => !each.paused && !each.ended)
    || document.getAnimations().some((each) => each.playState === "running" && Number.isFinite(each.effect?.getComputedTiming().endTime));

  let last, judged = [], stood;
  const back = () => scrollTo({left: stood[0], top: stood[1], behavior: "instant"});
  const find = (kind, name) => {
    const isIt = (each) => kindOf(each) === kind && nameOf(each) === name;
    if (!last?.isConnected || !isIt(last) || !isSeen(last)) last = controls().find(isIt);
    return last;
  };
  watchAll();
  const toldOf = (control) => ({
    kind: kindOf(control), name: nameOf(control), isOff: control.matches(OFF) || !isHit(control, ...middleOf(control)),
  });
  const asked = {
    /** Whether a control can be pressed as the page is now. */
    isReady: (kind, name) => {
      const control = find(kind, name);
      if (!control || !controls().includes(control) || control.matches(OFF)) return false;
      shown(control);
      return isHit(control, ...middleOf(control));
    },
    /** What closes a panel that is open. */
    closer: () => {
      const found = controls().find((each) => each.matches("[data-do=close]"));
      return found && {wrong: "", ...toldOf(found)};
    },
    /** For how long nothing has changed, in milliseconds, and whether the page will do more by itself. */
    rest: () => {
      changed(observer.takeRecords());
      watchAll();
      return [performance.now() - lastChange, isUnderWay()];
    },
    /** Each control: kind, name, whether it can be pressed, and what is wrong with it. */
    walk: () => {
      const all = judged = controls();
      stood = [scrollX, scrollY];
      const told = all.map((each, number) => ({number, wrong: wrongWith(each, all), ...toldOf(each)}));
      back();
      return told.filter(({wrong}) => wrong !== null);
    },
    /** Scroll to a control that was found, then look at it again: a page may make room once it is scrolled. */
    goTo: (number) => { shown(judged[number]); },
    again: (number) => {
      const control = judged[number];
      const wrong = control.isConnected && isSeen(control) ? wrongWith(control, judged) ?? "" : "";
      back();
      return wrong;
    },
    find,
    begin: (control) => { pressed = control; before = look(); clicked = null; observer.takeRecords(); effects.length = 0; },
    effects: () => {
      changed(observer.takeRecords());
      const now = look();
      return [...effects.filter(isOfPress), ...programs(), ...Object.keys(now).filter((key) => now[key] !== before[key])];
    },
  };
  // What was found out of elements holds for one question only.
  return Object.fromEntries(Object.entries(asked).map(([name, answer]) => [name, (...given) => { veiled = new WeakMap(); return answer(...given); }]));
})();
