"use strict";
// `state` holds one number for each slider; everything seen follows from it by one call of the program.
$score
{
  const element = (name) => document.getElementById("play-" + name);
  const song = JSON.parse(element("song").textContent);
  const { controls, output } = song;
  const stage = element("stage");
  const play = score(stage, song);
  const recorded = controls.map((control) => control.number);
  const state = [...recorded];
  let answer = null;
  let former = null; // state and answer before the move that is seen
  let moved = 0; // the slider that moved last
  let covered = false; // whether the numbers wait until somebody lets go, or has predicted
  let resting = 0; // a pause ends a move of the keyboard's
  let said = 0;
  let painted = 0;

  const number = (x) => figures.number(x, song.precision);
  const signed = (x) => (x < 0 ? "" : "+") + number(x);
  const inBrackets = (text) => text.startsWith("−") ? "(" + text + ")" : text;
  const compute = () => play.compute(state);
  answer = compute();
  const result = ({ numbers }) => numbers[output.place];

  const paintPicture = () => play.write(answer, former?.answer, covered ? own : null);
  const own = new Set(); // the places of the leaves' own numbers, which are never covered

  function paint() {
    painted = 0;
    paintPicture();
    controls.forEach((control, k) => {
      const slider = element("slider-" + k), typed = element("typed-" + k);
      if (document.activeElement !== slider) slider.value = state[k];
      slider.setAttribute("aria-valuetext", number(state[k]));
      if (document.activeElement !== typed) typed.value = Number(state[k].toPrecision(6));
      element("slope-" + k).querySelector(".gradient").textContent = covered ? "?" : number(answer.slopes[k]);
      slider.closest("li").classList.toggle("moved", former !== null && k === moved);
    });
    element("number").textContent = covered ? "?" : number(result(answer));
    element("put-in").textContent = song.formula.length ? "= " + putIn() : "";
    element("guess").hidden = !(covered && when() === "guess");
    element("change").replaceChildren(...change());
    paintPaths();
  }

  const when = () => element("when").value;
  const putIn = () => song.formula.map(([kind, what], k, all) => {
    if (kind === "raised") return raised(what);
    if (kind !== "leaf") return what;
    const begins = k === 0 || all[k - 1][1].toString().endsWith("("), power = all[k + 1]?.[0] === "raised";
    return begins && !power ? number(state[what]) : inBrackets(number(state[what]));
  }).join("");
  const raised = (digits) => [...digits].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");

  // Names are set as mathematics in the page already: they are copied from where they stand.
  const called = (k) => [...document.querySelector("label[for=play-slider-" + k + "]").cloneNode(true).childNodes];
  const outcome = () => [...element("outcome").cloneNode(true).childNodes];
  const coloured = (kind, text) => Object.assign(document.createElement(kind ? "span" : "b"), { className: kind, textContent: text });

  // What the gradient said would happen, and what did.
  function change() {
    if (!former) return ["Drag a leaf, here or in the picture."];
    const by = state[moved] - former.state[moved], slope = former.answer.slopes[moved];
    const start = [...called(moved), ": ", coloured("value", number(former.state[moved])), " → ", coloured("value", number(state[moved])), ". "];
    const foretold = [coloured("gradient", number(slope)), " × (" + signed(by) + ") = " + signed(slope * by)];
    if (covered) return [...start, "The gradient foretells ", ...foretold, ". And ", ...outcome(), "?"];
    const truth = result(answer) - result(former.answer);
    return [...start, ...outcome(), " moved by ", coloured("", signed(truth)), "; the gradient foretold ", ...foretold, "."];
  }

  function paintPaths() {
    const way = song.paths[moved], box = element("paths");
    box.replaceChildren();
    if (!way) return;
    const add = (parent, tag, text = "", kind = "") => {
      const child = parent.appendChild(document.createElement(tag));
      child.textContent = text;
      if (kind) child.className = kind;
      return child;
    };
    const several = way.count !== "1", shown = (x) => covered ? "?" : number(x);
    const head = add(box, "h3");
    head.append("∂", ...outcome(), "/∂", ...called(moved), " = ");
    add(head, "span", shown(answer.slopes[moved]), "gradient");
    add(head, "span", several ? ": the sum over " + way.count + " paths" : ": there is one path");
    const list = add(box, "ol");
    for (const { path, symbols, slopes } of way.rows) {
      const row = add(list, "li"), factors = slopes.map((place) => answer.numbers[place]);
      add(row, "span", path, "path");
      add(row, "span", shown(factors.reduce((a, b) => a * b, 1)), "gradient");
      if (factors.length > 1) add(row, "span", symbols + factors.map((x) => inBrackets(shown(x))).join(" × "), "factors");
    }
    if (way.more) add(add(list, "li"), "span", "… and the other paths", "path");
    if (!several) return;
    const total = add(list, "li", "", "sum");
    add(total, "span", "Σ", "path");
    add(total, "span", shown(answer.slopes[moved]), "gradient");
  }

  // Moving ------------------------------------------------------------------------------------------------------------

  function begin(k) {
    clearTimeout(resting);
    if (covered) return; // the move goes on until its numbers have been shown
    former = { state: [...state], answer };
    moved = k;
  }

  function move(k, x) {
    if (!Number.isFinite(x) || x === state[k]) return;
    if (covered && k !== moved) release();
    if (!former || k !== moved) begin(k);
    state[k] = x;
    covered = when() !== "now";
    element("verdict").textContent = "";
    answer = compute();
    if (!painted) painted = requestAnimationFrame(paint);
    remember();
  }

  const rounded = (k, x) => {
    const { step, low, high } = controls[k];
    return Math.min(high, Math.max(low, Number((Math.round(x / step) * step).toPrecision(12))));
  };

  // A hand lets go; a key has no hand: what it moved is shown after a while, or by Enter.
  function release() {
    if (!covered || when() === "guess") return rest();
    covered = false;
    paint();
    rest();
  }
  function rest() {
    clearTimeout(said);
    said = setTimeout(() => { element("status").textContent = element("change").textContent; }, 400);
  }
  function pause() {
    clearTimeout(resting);
    resting = setTimeout(() => { release(); resting = 0; }, 900);
  }

  function judge(event) {
    event.preventDefault();
    const typed = element("guessed").value.trim().replace(/[−–]/g, "-").replace(",", ".");
    const guess = typed === "" ? NaN : Number(typed), truth = result(answer);
    covered = false;
    paint();
    const off = Math.abs(guess - truth), scale = Math.max(Math.abs(truth - result(former.answer)), 1e-12);
    const verdict = Number.isNaN(guess) ? "" : off <= 0.005 + 0.02 * scale ? "✓ " : "✗ ";
    element("verdict").textContent = verdict + output.name + " is " + number(truth) +
      (Number.isNaN(guess) ? "." : "; you said " + number(guess) + (verdict === "✓ " ? "." : ", which is " + number(off) + " off."));
    element("guessed").value = "";
    element("slider-" + moved).focus({ preventScroll: true });
    rest();
  }

  function reset() {
    former = null;
    covered = false;
    state.splice(0, state.length, ...recorded);
    answer = compute();
    element("verdict").textContent = "";
    paint();
    remember();
  }

  // The address holds what is no longer as recorded: #w=5.2&x=1 by the sliders' numbers.
  const hasAddress = location.protocol !== "about:";
  let addressed = 0;
  function remember() {
    if (!hasAddress) return;
    clearTimeout(addressed);
    const told = state.map((x, k) => x === recorded[k] ? "" : k + "=" + x).filter(Boolean).join("&");
    addressed = setTimeout(() => history.replaceState(null, "", told ? "#" + told : location.pathname + location.search), 200);
  }
  function recall() {
    for (const [, k, x] of location.hash.matchAll(/(\d+)=([-+.\de]+)/g))
      if (k in state && Number.isFinite(Number(x))) state[k] = Number(x);
    answer = compute();
  }

  controls.forEach((_, k) => {
    const slider = element("slider-" + k), typed = element("typed-" + k);
    slider.addEventListener("pointerdown", () => begin(k));
    slider.addEventListener("input", () => move(k, rounded(k, Number(slider.value))));
    slider.addEventListener("change", () => { slider.matches(":active") || resting ? pause() : release(); });
    slider.addEventListener("pointerup", release);
    slider.addEventListener("pointercancel", release);
    slider.addEventListener("keydown", (event) => {
      const { low, high, step } = controls[k];
      const target = {
        ArrowRight: state[k] + 2 * step, ArrowUp: state[k] + 2 * step, ArrowLeft: state[k] - 2 * step, ArrowDown: state[k] - 2 * step,
        PageUp: state[k] + 20 * step, PageDown: state[k] - 20 * step, Home: low, End: high,
      }[event.key];
      if (event.key === "Enter") return when() === "guess" && covered ? element("guessed").focus() : release();
      if (target === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      if (!resting) begin(k);
      move(k, rounded(k, target));
      slider.value = state[k];
      pause();
    });
    slider.addEventListener("focus", () => { if (!covered && k !== moved) { former = null; moved = k; paint(); } });
    typed.addEventListener("change", () => {
      if (typed.value === "") return;
      begin(k);
      move(k, Number(typed.value));
      if (when() !== "guess") release();
    });
  });

  // A leaf in the picture is a slider, too: the picture's width is its whole range.
  const svg = stage.querySelector("svg");
  for (const [id, k] of Object.entries(song.handles)) {
    const leaf = stage.querySelector("#" + CSS.escape(id));
    const wire = song.wires.find((each) => each.id === "wire" + id.replace(/\D+/, "").split("-")[0]);
    if (wire?.texts.value) own.add(wire.texts.value[0]);
    const face = stage.querySelector("#" + CSS.escape(id + ".face")) ?? leaf;
    if (!face) continue;
    const texts = wire ? ["value", "gradient"].map((what) => stage.querySelector("#" + CSS.escape(wire.id + "." + what))) : [];
    const seen = [face, ...texts.flatMap((group) => group ? [...group.querySelectorAll("text:not(.ghost)")] : [])];
    const boxes = seen.map((part) => part.getBBox());
    const left = Math.min(...boxes.map((box) => box.x)) - 5, right = Math.max(...boxes.map((box) => box.x + box.width)) + 5;
    const top = Math.min(...boxes.map((box) => box.y)) - 2, bottom = Math.max(...boxes.map((box) => box.y + box.height)) + 2;
    const rectangle = (kind) => {
      const made = document.createElementNS(svg.namespaceURI, "rect");
      for (const [name, x] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top, rx: 5, class: kind })) made.setAttribute(name, x);
      return made;
    };
    const handle = rectangle("handle"), grip = rectangle("grip"); // one below the wires, to be seen; one on top, to be held
    (stage.querySelector("#wire0") ?? face).before(handle);
    svg.append(grip);
    let from = null;
    grip.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      grip.setPointerCapture(event.pointerId);
      handle.classList.add("held");
      begin(k);
      paint();
      from = { x: event.clientX, number: state[k] };
    });
    grip.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false }); // a finger here scrolls nothing
    grip.addEventListener("pointermove", (event) => {
      if (!from) return;
      const { low, high } = controls[k], reach = Math.max(240, Math.min(stage.clientWidth, 900));
      move(k, rounded(k, from.number + (event.clientX - from.x) * (high - low) / reach));
    });
    const drop = () => { from = null; handle.classList.remove("held"); release(); };
    grip.addEventListener("pointerup", drop);
    grip.addEventListener("pointercancel", drop);
    grip.addEventListener("pointerenter", () => handle.classList.add("near"));
    grip.addEventListener("pointerleave", () => handle.classList.remove("near"));
  }

  const preferred = matchMedia("(prefers-color-scheme: dark)");
  function dress(dark) {
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    element("theme").setAttribute("aria-pressed", dark);
  }
  element("theme").addEventListener("click", () => dress(document.documentElement.dataset.theme !== "dark"));
  preferred.addEventListener("change", (event) => dress(event.matches));
  element("reset").addEventListener("click", reset);
  element("guess").addEventListener("submit", judge);
  element("when").addEventListener("change", () => { covered = false; paint(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "r" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.matches("input, select")) reset();
  });
  addEventListener("hashchange", () => { recall(); paint(); });

  const formula = element("formula");
  if (song.formula.length) {
    formula.append(...outcome(), " = ");
    for (const [kind, what] of song.formula) {
      const tag = { text: "span", leaf: "span", raised: "sup" }[kind], child = formula.appendChild(document.createElement(tag));
      child.append(...(kind === "leaf" ? called(what) : [what]));
    }
  }
  document.documentElement.classList.toggle("inlined", !hasAddress);
  const figure = document.querySelector("figure");
  new ResizeObserver(() => document.documentElement.style.setProperty("--picture", figure.offsetHeight + "px")).observe(figure);
  stage.tabIndex = stage.scrollWidth > stage.clientWidth ? 0 : -1;
  for (const chrome of document.querySelectorAll(".play-chrome")) chrome.hidden = false;
  dress(preferred.matches);
  if (hasAddress) recall();
  paint();
}
