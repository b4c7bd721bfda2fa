"use strict";
// One picture, and in each box that opens the picture of its inside, as small as the box: to open it is to come closer.
// Nothing else moves. `camera` is the part of the whole picture that is seen; the address names the level it looks at.
{
  const levels = new Map(Array.from(document.querySelectorAll("main > section"), (section) => [section.id, section]));
  const first = levels.keys().next().value;
  const pictures = new Map(Array.from(levels, ([name, section]) => [name, section.querySelector(".stage > svg")]));
  const sizes = new Map(Array.from(pictures, ([name, svg]) => [name, svg.viewBox.baseVal.width ? { width: svg.viewBox.baseVal.width, height: svg.viewBox.baseVal.height } : null]));
  const degrees = Array.from(document.querySelectorAll("#zoom-degrees a"));
  const fitting = document.getElementById("zoom-fit");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const title = document.title;
  const view = document.createElement("div");
  const legible = 0.7, margin = 1.12, seenFrom = 0.25, seenWholly = 0.5; // pixels a point
  let whole = ""; // the whole picture that is looked at: the world
  let at = ""; // the level that is looked at
  let camera = null; // { x, y, width, height } in points of the world
  let homes = new Map(); // where each level lies in the world: { x, y, width, height, scale, door, around }
  let moving = 0;
  let writing = 0;

  const around = (name) => levels.get(name).dataset.around;
  const named = (address) => decodeURIComponent(address.replace(/^[^#]*#?/, ""));
  const linkTo = (name, svg) => Array.from(svg.querySelectorAll('a[href="#' + CSS.escape(name) + '"]')).find((link) => link.closest("svg") === svg);
  const pixels = () => Math.min(view.clientWidth / camera.width, view.clientHeight / camera.height); // that a point of the world takes

  // The world ------------------------------------------------------------------------------------------------------------

  function build(name) {
    whole = name;
    homes = new Map([[name, { x: 0, y: 0, ...sizes.get(name), scale: 1, door: null, around: "" }]]);
    view.replaceChildren(pictures.get(name));
    const svg = pictures.get(name);
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    furnish(name);
  }

  // Every inside is laid into its door, which keeps its own shape; insides of insides as well.
  function furnish(name) {
    const svg = pictures.get(name), home = homes.get(name);
    for (const link of Array.from(svg.querySelectorAll("a")).filter((each) => each.closest("svg") === svg)) {
      const inner = named(link.getAttribute("href")), shape = link.querySelector("rect, ellipse");
      if (!levels.has(inner) || homes.has(inner) || !shape) continue;
      const box = shape.getBBox(), size = sizes.get(inner);
      if (link.querySelector("g")?.classList.contains("box")) { // it is open already: to look at it is to come closer
        homes.set(inner, { x: home.x + box.x * home.scale, y: home.y + box.y * home.scale, width: box.width * home.scale, height: box.height * home.scale, scale: home.scale, door: link, around: name, open: true });
        continue;
      }
      const scale = Math.min(box.width / size.width, box.height / size.height) * 0.94;
      const width = size.width * scale, height = size.height * scale;
      const x = box.x + (box.width - width) / 2, y = box.y + (box.height - height) / 2;
      const picture = pictures.get(inner);
      for (const [key, number] of Object.entries({ x, y, width, height })) picture.setAttribute(key, number);
      picture.setAttribute("class", "inside");
      // Its paper is as round as the door where it would cover a corner of it.
      const paper = picture.querySelector(":scope > rect"), isRound = shape.localName === "ellipse";
      const corner = isRound ? 0 : Math.max(0, shape.rx.baseVal.value - Math.max(box.width - width, box.height - height) / 2);
      paper?.setAttribute("rx", (isRound ? width / 2 : corner) / scale);
      paper?.setAttribute("ry", (isRound ? height / 2 : corner) / scale);
      (link.parentElement === svg ? link : link.closest("svg > *") ?? link).after(picture);
      homes.set(inner, { x: home.x + x * home.scale, y: home.y + y * home.scale, width: width * home.scale, height: height * home.scale, scale: scale * home.scale, door: link, around: name });
      furnish(inner);
    }
  }

  // An inside is seen when it is near enough to be read; its door's own name gives way to it.
  function draw() {
    pictures.get(whole).setAttribute("viewBox", [camera.x, camera.y, camera.width, camera.height].join(" "));
    const near = pixels();
    for (const [name, home] of homes) {
      if (!home.door || home.open) continue;
      const clear = Math.min(1, Math.max(0, (near * home.scale - seenFrom) / (seenWholly - seenFrom)));
      const picture = pictures.get(name);
      picture.style.display = clear ? "" : "none";
      picture.style.opacity = clear;
      picture.style.pointerEvents = clear > 0.6 ? "" : "none"; // until then a click is the door's
      for (const face of home.door.parentElement.querySelectorAll(":scope > g > [id$='.face'], :scope > [id$='.face']"))
        if (face.id === home.door.querySelector("g")?.id + ".face") face.style.opacity = Math.max(0, 1 - 2 * clear);
      home.door.classList.toggle("open", clear > 0.5);
    }
  }

  // The camera -----------------------------------------------------------------------------------------------------------

  const framed = ({ x, y, width, height }, room = margin) => { // a camera that sees all of this, in the middle
    const ratio = view.clientWidth / view.clientHeight, wide = Math.max(width, height * ratio) * room;
    return { x: x + width / 2 - wide / 2, y: y + height / 2 - wide / ratio / 2, width: wide, height: wide / ratio };
  };
  function start(name) { // all of it; of a picture too large to be read so, its beginning
    const home = homes.get(name), all = framed(home, name === whole ? 1.02 : margin);
    const most = view.clientWidth * home.scale / legible;
    if (all.width <= most || document.body.classList.contains("fit")) return all;
    const high = most * view.clientHeight / view.clientWidth, over = (size, room) => size > room ? -0.01 * room : (size - room) / 2;
    return { x: home.x + over(home.width, most), y: home.y + over(home.height, high), width: most, height: high };
  }

  function fly(to, then = () => {}, at_once = false) {
    cancelAnimationFrame(moving);
    const from = camera, begun = performance.now(), long = still.matches || at_once || !from ? 0 : 480;
    const step = (now) => {
      const part = long ? Math.min(1, (now - begun) / long) : 1, eased = part * part * (3 - 2 * part);
      const mix = (a, b) => a + (b - a) * eased;
      if (part < 1) {
        const width = Math.exp(mix(Math.log(from.width), Math.log(to.width))); // each moment comes as much closer
        const along = Math.abs(to.width - from.width) < 1e-9 ? eased : (width - from.width) / (to.width - from.width);
        const centre = (key, side) => from[key] + from[side] / 2 + (to[key] + to[side] / 2 - from[key] - from[side] / 2) * along;
        const height = width * to.height / to.width;
        camera = { x: centre("x", "width") - width / 2, y: centre("y", "height") - height / 2, width, height };
      } else camera = to;
      draw();
      if (part < 1) moving = requestAnimationFrame(step); else then();
    };
    if (long) moving = requestAnimationFrame(step); else step(begun);
  }

  function zoom(factor, x = view.clientWidth / 2, y = view.clientHeight / 2) {
    cancelAnimationFrame(moving);
    const biggest = 3 * framed(homes.get(whole)).width, smallest = Math.min(...Array.from(homes.values(), (home) => home.width)) / 6;
    const width = Math.min(biggest, Math.max(smallest, camera.width / factor)), kept = width / camera.width;
    const px = camera.x + camera.width * x / view.clientWidth, py = camera.y + camera.height * y / view.clientHeight;
    camera = { x: px - (px - camera.x) * kept, y: py - (py - camera.y) * kept, width, height: camera.height * kept };
    look();
  }

  function pan(right, down) {
    cancelAnimationFrame(moving);
    const home = homes.get(whole), inside = (start, size, low, high) => Math.min(high - size * 0.1, Math.max(low - size * 0.9, start));
    const x = camera.x - right * camera.width / view.clientWidth, y = camera.y - down * camera.height / view.clientHeight;
    camera = { ...camera, x: inside(x, camera.width, home.x, home.x + home.width), y: inside(y, camera.height, home.y, home.y + home.height) };
    look();
  }

  // Whoever came closer by hand is where the picture says: in the innermost level that fills most of the view.
  function look() {
    draw();
    const middle = { x: camera.x + camera.width / 2, y: camera.y + camera.height / 2 };
    let found = whole;
    for (const [name, home] of homes) {
      const within = Math.abs(middle.x - home.x - home.width / 2) < home.width / 2 && Math.abs(middle.y - home.y - home.height / 2) < home.height / 2;
      const fills = Math.max(home.width / camera.width, home.height / camera.height) > 0.7;
      if (within && fills && home.width < homes.get(found).width) found = name;
    }
    if (found === at) return;
    tell(found);
    clearTimeout(writing);
    writing = setTimeout(() => history.replaceState(null, "", "#" + at), 200);
  }

  // Where one is ---------------------------------------------------------------------------------------------------------

  function tell(name) {
    at = name;
    for (const [other, each] of levels) each.hidden = other !== name;
    const section = levels.get(name), heading = section.querySelector("h2");
    for (const link of section.querySelectorAll(".trail li:first-child a")) link.setAttribute("href", "#" + whole);
    for (const link of degrees) {
      if (named(link.hash) === whole) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
    view.setAttribute("aria-labelledby", heading.id);
    document.title = homes.get(name).door ? heading.textContent + " – " + title : title;
  }

  function show(name) {
    if (name === at) return;
    const before = at, isWhole = !around(name);
    if (isWhole && name !== whole) {
      build(name);
      camera = null;
    } else if (!homes.has(name)) {
      const leading = Array.from(levels.keys()).find((each) => !around(each) && reaches(each, name));
      if (!leading) return show(whole || first);
      build(leading);
      camera = start(leading);
    }
    tell(name);
    const home = homes.get(name), inward = before && homes.has(before) && contains(before, name);
    fly(start(name), () => {}, !before);
    if (before) focusIn(before, inward);
  }
  const contains = (outer, inner) => { for (let home = homes.get(inner); home?.around; home = homes.get(home.around)) if (home.around === outer) return true; return false; };
  function reaches(name, wanted) {
    build(name);
    return homes.has(wanted);
  }
  function focusIn(before, inward) {
    const back = !inward && homes.get(before)?.door;
    if (back && homes.get(before).around === at) back.focus({ preventScroll: true });
    else levels.get(at).querySelector("h2").focus({ preventScroll: true });
  }
  const outer = () => homes.get(at)?.around || whole;

  // Hands ----------------------------------------------------------------------------------------------------------------

  const hands = new Map(); // pointers that are down, by id
  let dragged = false;
  view.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = view.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.clientX - box.left - view.clientLeft, event.clientY - box.top - view.clientTop);
  }, { passive: false });
  view.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    hands.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (hands.size === 1) dragged = false;
  });
  view.addEventListener("pointermove", (event) => {
    const hand = hands.get(event.pointerId);
    if (!hand) return;
    const right = event.clientX - hand.x, down = event.clientY - hand.y;
    if (!dragged && Math.hypot(right, down) < 5) return;
    if (!dragged) view.setPointerCapture(event.pointerId);
    dragged = true;
    const [other] = Array.from(hands).filter(([id]) => id !== event.pointerId).map(([, each]) => each);
    if (other) {
      const box = view.getBoundingClientRect(), spread = (a) => Math.hypot(a.x - other.x, a.y - other.y) || 1;
      zoom(spread({ x: event.clientX, y: event.clientY }) / spread(hand), (event.clientX + other.x) / 2 - box.left - view.clientLeft, (event.clientY + other.y) / 2 - box.top - view.clientTop);
      pan(right / 2, down / 2);
    } else pan(right, down);
    hands.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  for (const end of ["pointerup", "pointercancel"]) view.addEventListener(end, (event) => hands.delete(event.pointerId));
  view.addEventListener("click", (event) => { if (dragged) { event.preventDefault(); dragged = false; } }, true);
  view.addEventListener("dragstart", (event) => event.preventDefault()); // links are not carried away
  view.addEventListener("focusin", (event) => { // whoever tabs to a door sees it
    const door = event.target.closest("a"), box = door?.getBoundingClientRect(), seen = view.getBoundingClientRect();
    view.scrollTo(0, 0);
    if (box && (box.right < seen.left + 8 || box.left > seen.right - 8 || box.bottom < seen.top + 8 || box.top > seen.bottom - 8))
      pan(seen.left + seen.width / 2 - (box.left + box.right) / 2, seen.top + seen.height / 2 - (box.top + box.bottom) / 2);
  });

  function fit() {
    fitting.setAttribute("aria-pressed", document.body.classList.toggle("fit"));
    fly(start(at));
  }
  const keys = {
    "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: () => fly(framed(homes.get(whole), 1.02), look), f: fit,
    Escape: () => { if (at !== whole) location.hash = outer(); },
  };
  const pans = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key in pans && view.contains(document.activeElement)) pan(...pans[event.key]);
    else if (event.key in keys) keys[event.key]();
    else return;
    event.preventDefault();
  });

  view.id = "zoom-view";
  view.className = "stage";
  view.tabIndex = 0;
  view.setAttribute("role", "group");
  document.querySelector("main").append(view);
  const hint = document.querySelector(".hint:not([hidden])");
  if (hint) view.after(hint.cloneNode(true));
  document.body.classList.add("scripted");
  fitting.hidden = false;
  fitting.addEventListener("click", fit);
  const ask = () => named(location.hash);
  addEventListener("hashchange", () => show(levels.has(ask()) ? ask() : whole));
  new ResizeObserver(() => { if (camera) { camera = { ...camera, height: camera.width * view.clientHeight / view.clientWidth }; draw(); } }).observe(view);
  show(levels.has(ask()) ? ask() : first);
}
