"use strict";
// One number, `at`, is the whole state of the player; `go` is the only way to change it.
{
  const element = (name) => document.getElementById("player-" + name);
  const film = JSON.parse(element("film").textContent);
  const stage = element("stage");
  const parts = film.parts.map((id) => stage.querySelector("#" + CSS.escape(id)));
  function links_of() { return Array.from(element("steps").querySelectorAll("a")); }
  const captions = links_of().map((link) => link.textContent);
  const typeset = (index) => links[index].cloneNode(true).childNodes; // italics, indices and colours as in the list
  const recordedLinks = links_of().map((link) => [...link.childNodes]);
  const links = links_of();
  const last = film.frames.length - 1;
  const questions = film.questions ?? [];
  const told = new Set(); // the frames whose question has been answered
  const secondsPerFrame = 1.6;
  const hasAddress = location.protocol !== "about:"; // in a notebook the page is a frame without one
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let wanted = !hasAddress; // whether a picture that is larger than its card is to be seen whole: so in a notebook's cell
  let at = -1; // before the first frame: nothing is revealed
  let noted = true; // whether notes are shown
  let timer = 0;
  let goesOn = false; // whether the film was playing when it came to a question
  let addressTimer = 0;

  const whole = stage.querySelector(":scope > svg"); // what the frames reveal
  const insides = new Map(); // what is behind a box, by name: { title, around, svg, door }
  let open = ""; // the inside that is shown in the picture's place

  const each = (indices, act) => { for (const index of indices) if (parts[index]) act(parts[index].classList); };

  // A frame stores only what differs from the one before it, so walking back undoes the very same lists.
  function walk(target) {
    if (at >= 0) each(film.frames[at].lit, (names) => names.remove("current"));
    while (at < target) {
      at += 1;
      each(film.frames[at].show, (names) => names.remove("unseen"));
      each(film.frames[at].hide, (names) => names.add("unseen"));
    }
    while (at > target) {
      each(film.frames[at].show, (names) => names.add("unseen"));
      each(film.frames[at].hide, (names) => names.remove("unseen"));
      at -= 1;
    }
    each(film.frames[at].lit, (names) => names.add("current"));
    reveal();
  }

  // Boxes open: their insides -------------------------------------------------------------------------------------------

  function prepareInsides() {
    const pictures = document.getElementById("player-insides").content.querySelectorAll("svg");
    film.insides.forEach(([name, title, around], k) => insides.set(name, { title, around, svg: document.importNode(pictures[k], true) }));
    for (const [id, to] of film.doors) {
      const from = id.includes(".") ? insides.get(id.split(".")[0])?.svg : whole;
      const door = from?.querySelector("#" + CSS.escape(id));
      if (!door) continue;
      door.classList.add("door");
      for (const [key, text] of Object.entries({ tabindex: 0, role: "button", "aria-label": "Open " + insides.get(to).title })) door.setAttribute(key, text);
      door.addEventListener("click", (event) => { event.stopPropagation(); enter(to); });
      door.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); event.stopPropagation(); enter(to); } });
      insides.get(to).door = door;
      from.querySelector("#" + CSS.escape(id + ".face"))?.setAttribute("pointer-events", "none"); // a click on its name is one on the box
    }
    for (const { svg } of insides.values()) { // as large as the whole may be
      const { width, height } = svg.viewBox.baseVal;
      svg.classList.add("inside");
      for (const [name, size] of Object.entries({ widest: 2.6 * width, narrowest: 0.7 * width, lowest: 0.7 * height })) svg.style.setProperty("--" + name, size + "px");
    }
    stage.setAttribute("role", "group");
  }

  // A box computes in one frame and passes back in another: until then its inside has no numbers.
  function reveal() {
    const box = insides.get(open);
    if (!box) return;
    let outermost = box;
    while (insides.has(outermost.around)) outermost = insides.get(outermost.around);
    const lit = film.frames.flatMap(({ lit }, frame) => lit.some((k) => parts[k] === outermost.door) ? [frame] : []);
    box.svg.classList.toggle("before", at < lit[0]);
    box.svg.classList.toggle("ahead", at < (lit[1] ?? last + 1));
  }

  function enter(name) {
    const inward = insides.get(name)?.door, from = inward?.getBoundingClientRect(), before = open;
    open = insides.has(name) ? name : "";
    const shown = open ? insides.get(open).svg : whole;
    ways.clear();
    stage.replaceChildren(shown);
    trail();
    reveal();
    offerFit();
    if (from?.width && !still.matches) { // it grows out of its box
      const view = stage.getBoundingClientRect();
      const place = "translate(" + (from.x + from.width / 2 - view.x - view.width / 2) + "px, " + (from.y + from.height / 2 - view.y - view.height / 2) + "px) scale(" + from.width / view.width + ")";
      shown.animate([{ transform: place, opacity: 0.3 }, { transform: "none", opacity: 1 }], { duration: 320, easing: "ease-out" });
    }
    if (open) element("trail").querySelector("button").focus({ preventScroll: true });
    else insides.get(before)?.door.focus({ preventScroll: true });
    keepInSight();
    address();
  }
  const leave = () => enter(insides.get(open).around);

  function trail() {
    const steps = [];
    for (let name = open; insides.has(name); name = insides.get(name).around) steps.unshift(name);
    const titled = (name) => name ? insides.get(name).title.split(" › ").pop() : document.querySelector("h1").textContent;
    const out = (name) => { const button = document.createElement("button"); button.type = "button"; button.className = "quiet"; button.append("‹ " + titled(name)); button.addEventListener("click", () => enter(name)); return button; };
    const here = document.createElement("b");
    here.textContent = open ? titled(open) : "";
    element("trail").replaceChildren(...["", ...steps.slice(0, -1)].map(out), here);
    element("trail").hidden = !open;
  }

  // Beyond a question nothing is shown before it is answered.
  const limit = () => (questions.find(({ frame }) => !told.has(frame)) ?? { frame: last }).frame;
  const asking = () => questions.find(({ frame }) => frame === at);

  function describe(praise = "") {
    const number = at + 1;
    element("caption").replaceChildren(asking() ? "" : praise, ...typeset(at));
    element("note").textContent = film.notes[at];
    element("note").hidden = !noted || film.notes[at] === "";
    stage.setAttribute("aria-label", other ? "Step " + number + " of " + (last + 1) + ". " + captions[at] : film.frames[at].description);
    element("counter").value = number + " / " + (last + 1);
    element("scrubber").value = number;
    element("scrubber").setAttribute("aria-valuetext", "frame " + number + " of " + (last + 1));
    links.forEach((link, index) => {
      if (index === at) link.setAttribute("aria-current", "step"); else link.removeAttribute("aria-current");
      link.parentElement.hidden = index > limit();
    });
    document.body.classList.toggle("waiting", limit() < last); // what is asked for is not printed either
    follow(links[at]);
    const begins = at === 0, ends = at === limit();
    for (const [name, dead] of [["first", begins], ["back", begins], ["forward", ends], ["last", ends]])
      element(name).setAttribute("aria-disabled", dead); // not `disabled`: the focus must not fall off the button
    if (questions.length) ask(praise);
  }

  function ask(praise) {
    const question = asking();
    element("question").classList.toggle("unasked", !question);
    element("caption").classList.toggle("heard", Boolean(question)); // what it says is seen in the question itself
    if (!question) return;
    element("ask").textContent = question.ask + " =";
    element("answer").value = "";
    tell({ kind: "", message: praise.trim() }); // of the question before, where one follows the other
  }

  function tell({ kind, message }) {
    element("verdict").className = kind;
    element("verdict").textContent = message;
  }

  function answer(event) {
    event.preventDefault();
    const verdict = judge(element("answer").value, posed(), film.rules);
    if (verdict.kind === "right") return resolve("✓ " + verdict.message + "\n");
    tell(verdict);
    element("answer").select();
  }

  // The number is known, found or shown: the film goes on.
  function resolve(praise) {
    told.add(at);
    element("forward").focus({ preventScroll: true });
    go(at + 1, praise);
    if (goesOn && !asking()) play();
  }

  // A picture wider than the screen scrolls inside its card; what happens stays in sight, and the page itself never moves.
  function keepInSight() {
    const current = stage.querySelector(at === 0 ? "[id^=leaf]" : ".current"); // a large picture's corner may be empty
    if (!current) return;
    const box = current.getBoundingClientRect(), view = stage.getBoundingClientRect();
    const aside = Math.min(140, view.width / 4), above = Math.min(70, view.height / 4); // its numbers stand beside it
    const left = Math.min(0, box.left - view.left - aside) + Math.max(0, box.right - view.right + aside);
    const top = Math.min(0, box.top - view.top - above) + Math.max(0, box.bottom - view.bottom + above);
    if (left || top) stage.scrollBy({ left, top, behavior: still.matches ? "auto" : "smooth" });
  }

  // The list, where it scrolls by itself, follows the film; the page does not move.
  function follow(link) {
    const list = element("steps"), box = link.getBoundingClientRect(), view = list.getBoundingClientRect();
    if (list.scrollHeight <= list.clientHeight) return;
    list.scrollTop += Math.min(0, box.top - view.top - 8) + Math.max(0, box.bottom - view.bottom + 8);
  }

  // Whoever clicks a step far down the page sees it.
  function bringBack() {
    const box = element("viewer").getBoundingClientRect();
    if (box.top < -1 || box.bottom > innerHeight + 1) scrollBy({ top: box.top, behavior: "auto" });
  }

  function go(target, praise) {
    const next = Math.max(0, Math.min(limit(), target)), opening = at < 0;
    if (next === at) return stay(target);
    walk(next);
    describe(praise);
    keepInSight();
    if (asking() && !opening && document.activeElement !== element("scrubber")) element("answer").focus({ preventScroll: true });
    if (!opening) address();
  }

  function address() {
    clearTimeout(addressTimer); // browsers limit how often an address may change: only a frame rested on is written
    if (hasAddress) addressTimer = setTimeout(() => history.replaceState(null, "", "#frame=" + (at + 1) + (open && "&open=" + open)), 150);
  }

  function stay(target) {
    element("scrubber").value = at + 1; // it may have been dragged further
    if (target > at && asking()) tell({ kind: "unreadable", message: "Type the number first, or let it be shown." });
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    tellWhetherPlaying();
  }

  function play() {
    goesOn = true;
    if (at === last) go(0);
    clearInterval(timer);
    const speed = Number(element("speed").value);
    timer = setInterval(() => at < limit() ? go(at + 1) : pause(), 1000 * secondsPerFrame / speed);
    tellWhetherPlaying();
  }

  function tellWhetherPlaying() {
    const playing = timer !== 0, word = playing ? "Pause" : "Play";
    document.body.classList.toggle("playing", playing);
    element("play").setAttribute("aria-label", word);
    element("play").title = word + " (space)";
    element("caption").setAttribute("aria-live", playing ? "off" : "polite"); // a playing film does not talk over itself
  }

  const step = (target) => { pause(); goesOn = false; go(target); };
  const toggle = () => timer ? pause() : play();
  const help = () => element("keys").open ? element("keys").close() : element("keys").showModal();
  const keys = {
    ArrowRight: () => step(at + 1), PageDown: () => step(at + 1), // Page Up and Down: what a lecturer's clicker sends
    ArrowLeft: () => step(at - 1), PageUp: () => step(at - 1),
    Home: () => step(0), End: () => step(last), " ": toggle, "?": help, f: () => { if (!element("fit").hidden) fit(wanted = !wanted); },
    l: () => lecture(!document.body.classList.contains("lecture")), h: () => ways.cycle(),
    Escape: () => ways.active() ? ways.clear() : open ? leave() : lecture(false),
    p: () => {
      if (!song) return;
      element("sliders").hidden = !element("sliders").hidden;
      element("numbers").setAttribute("aria-pressed", !element("sliders").hidden);
      offerFit();
    },
    n: () => { noted = !noted; element("note").hidden = !noted || film.notes[at] === ""; offerFit(); },
  };

  function pressed(event) {
    const inDialog = element("keys").open, typed = event.target;
    if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in keys)) return;
    if (event.shiftKey && event.key !== "?") return; // with Shift, arrows step through the pictures of a live page
    if (inDialog && event.key !== "?") return;
    if (typed === element("answer") && !leaves(event.key, typed)) return;
    if (typed.matches(".control input")) return; // they move their own numbers
    if (typed.matches("select") || (event.key === " " && typed.matches("button, a"))) return; // theirs by custom
    event.preventDefault();
    keys[event.key]();
  }

  // Who types an answer moves in the text; in an empty one there is nowhere to move but through the film.
  const leaves = (key, input) => /^Page/.test(key) || (input.value === "" && /^Arrow/.test(key));

  // A picture larger than its card can be seen whole; where it is whole already the button has nothing to do.
  function offerFit() {
    document.body.classList.remove("fit");
    const larger = stage.scrollWidth > stage.clientWidth || stage.scrollHeight > stage.clientHeight;
    element("fit").hidden = !larger;
    stage.tabIndex = larger ? 0 : -1; // what scrolls must be reached without a mouse
    fit(wanted && larger);
  }

  function fit(whole) {
    document.body.classList.toggle("fit", whole);
    element("fit").setAttribute("aria-pressed", whole);
    keepInSight();
  }

  // In a lecture the picture fills the screen, where the browser allows it; else the window.
  function lecture(on) {
    if (on === document.body.classList.contains("lecture")) return;
    document.body.classList.toggle("lecture", on);
    element("lecture").setAttribute("aria-pressed", on);
    if (on && !document.fullscreenElement) document.documentElement.requestFullscreen?.().catch(() => {});
    if (!on && document.fullscreenElement) document.exitFullscreen();
    measure();
  }

  function measure() {
    document.documentElement.style.setProperty("--head", document.querySelector("header").offsetHeight + "px");
    offerFit();
  }

  // A finger that strokes the picture sideways turns the page, unless the picture itself can still move that way.
  let finger = null;
  function strokes(event) {
    if (event.type === "touchstart") {
      const [touch] = event.touches;
      const inside = event.currentTarget === stage && stage.scrollWidth > stage.clientWidth + 1;
      finger = event.touches.length === 1 && !inside ? { x: touch.clientX, y: touch.clientY } : null;
    } else if (finger) {
      const [touch] = event.changedTouches, right = touch.clientX - finger.x, down = touch.clientY - finger.y;
      finger = null;
      if (Math.abs(right) > 40 && Math.abs(right) > 2 * Math.abs(down)) step(at + (right < 0 ? 1 : -1));
    }
  }

  // Other numbers: sliders at the leaves; the picture, what is said and what is asked for follow.
  const song = film.song, played = song ? score(stage, song) : null;
  let state = song ? song.controls.map((each) => each.number) : [], result = null, other = false;

  function posed() {
    const question = asking();
    return other ? { ...question, right: [result.numbers[song.asked[questions.indexOf(question)]]], wrong: [] } : question;
  }

  function perform() {
    result = played.compute(state);
    other = state.some((x, k) => x !== song.controls[k].number);
    played.write(result, null, null);
    song.captions.forEach((runs, index) => {
      links[index].replaceChildren(...(other ? spoken(runs) : recordedLinks[index].map((node) => node.cloneNode(true))));
      captions[index] = links[index].textContent;
    });
    song.controls.forEach((_, k) => {
      const slider = document.getElementById("play-slider-" + k), typed = document.getElementById("play-typed-" + k);
      if (document.activeElement !== slider) slider.value = state[k];
      if (document.activeElement !== typed) typed.value = Number(state[k].toPrecision(6));
    });
    if (at >= 0) describe();
  }

  // A caption with its numbers put in: negative ones in brackets behind a sign, and ≈ where a printed number is rounded.
  function spoken(runs) {
    const print = (place) => figures.number(result.numbers[place], song.precision);
    const places = Array.from(runs.map(([text]) => text).join("").matchAll(/[\ue000\ue003](\d+)\ue001/g), ([, place]) => place);
    const exact = places.every((place) => Math.abs(Number(print(place).replace("−", "-")) - result.numbers[place]) <= 1e-9 * Math.abs(result.numbers[place]));
    return runs.map(([text, role, italic, shift]) => {
      const put = text.replace(/(\+ )?([\ue000\ue003])(\d+)\ue001/gu, (_, plus = "", kind, place) => {
        const printed = print(place), bound = kind === "\ue003" || plus !== "";
        return plus + (printed.startsWith("−") && bound ? "(" + printed + ")" : printed);
      }).replaceAll("\ue002", exact ? "=" : "≈");
      let node = document.createTextNode(put);
      for (const tag of [italic && "i", shift && (shift < 0 ? "sub" : "sup"), role !== "ink" && "span"].filter(Boolean)) {
        const around = document.createElement(tag);
        if (tag === "span") around.className = role;
        around.append(node);
        node = around;
      }
      return node;
    });
  }

  function offerNumbers() {
    element("numbers").hidden = false;
    element("numbers").addEventListener("click", keys.p);
    element("recorded").addEventListener("click", () => { state = song.controls.map((each) => each.number); perform(); });
    song.controls.forEach(({ low, high, step }, k) => {
      const slider = document.getElementById("play-slider-" + k), typed = document.getElementById("play-typed-" + k);
      const move = (x) => { if (Number.isFinite(x) && x !== state[k]) { state[k] = x; perform(); } };
      slider.addEventListener("input", () => move(Math.min(high, Math.max(low, Number((Math.round(slider.value / step) * step).toPrecision(12))))));
      typed.addEventListener("change", () => { if (typed.value !== "") move(Number(typed.value)); });
    });
  }

  const ways = pathways(stage, film.links, (told) => { element("path").textContent = told; });

  function frameOf(address) {
    const found = /#frame=(\d{1,9})(?:&open=([\w-]+))?$/.exec(address);
    return found ? { frame: Number(found[1]) - 1, inside: found[2] ?? "" } : null;
  }

  // Every text waits, unseen, in the cell where it will stand: the cell is as tall as the tallest, and nothing ever moves.
  function reserveHeight(name, texts) {
    for (const text of new Set(texts)) {
      const ghost = document.createElement("p");
      ghost.textContent = text;
      ghost.setAttribute("aria-hidden", "true");
      element(name).append(ghost);
    }
  }

  function prepareQuestions() {
    element("question").hidden = false;
    reserveHeight("captions", questions.map(({ frame }) => "✓\n" + captions[frame + 1]));
    reserveHeight("verdicts", questions.flatMap(({ wrong }) => wrong.map(([, sentence]) => sentence)));
    element("question").addEventListener("submit", answer);
    element("reveal").addEventListener("click", () => resolve());
  }

  const preferred = matchMedia("(prefers-color-scheme: dark)");
  function dress(dark) {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    element("theme").setAttribute("aria-pressed", dark);
  }

  element("first").addEventListener("click", () => step(0));
  element("back").addEventListener("click", () => step(at - 1));
  element("play").addEventListener("click", toggle);
  element("forward").addEventListener("click", () => step(at + 1));
  element("last").addEventListener("click", () => step(last));
  element("scrubber").addEventListener("input", (event) => step(Number(event.target.value) - 1));
  element("speed").addEventListener("change", () => { if (timer) play(); });
  element("fit").addEventListener("click", keys.f);
  element("help").addEventListener("click", help);
  element("lecture").addEventListener("click", keys.l);
  document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement) lecture(false); });
  for (const part of [stage, element("captions")]) {
    part.addEventListener("touchstart", strokes, { passive: true });
    part.addEventListener("touchend", strokes, { passive: true });
  }
  element("theme").addEventListener("click", () => dress(document.documentElement.dataset.theme !== "dark"));
  preferred.addEventListener("change", (event) => dress(event.matches));
  document.addEventListener("keydown", pressed);
  addEventListener("resize", measure);
  new ResizeObserver(measure).observe(document.querySelector("header"));
  addEventListener("hashchange", (event) => { // its own address: ours may be written between the click and this event
    const wanted = frameOf(event.newURL);
    if (!wanted) return;
    step(wanted.frame);
    if (wanted.inside !== open) enter(wanted.inside);
  });

  for (const [index, link] of links.entries())
    link.addEventListener("click", (event) => { event.preventDefault(); step(index); bringBack(); }); // at once, and without an address too
  document.documentElement.classList.toggle("framed", parent !== window && hasAddress); // in the live page
  document.documentElement.classList.toggle("inlined", !hasAddress); // in a notebook's cell
  reserveHeight("captions", captions);
  if (questions.length) prepareQuestions();
  if (song) offerNumbers();
  dress(preferred.matches);
  for (const frame of film.frames) each(frame.show, (names) => names.add("unseen")); // what is never revealed is always there
  document.body.classList.add("scripted");
  for (const chrome of document.querySelectorAll(".player-chrome")) chrome.hidden = false;
  const description = stage.querySelector("desc[id]");
  if (description) stage.setAttribute("aria-describedby", description.id);
  if (film.insides) prepareInsides();
  const asked = frameOf(location.hash);
  go(asked?.frame ?? 0);
  if (insides.has(asked?.inside)) enter(asked.inside);
  measure(); // and what happens is in sight
  tellWhetherPlaying();
  requestAnimationFrame(() => requestAnimationFrame(() => document.body.classList.add("ready"))); // then frames may fade
}
