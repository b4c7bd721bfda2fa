"use strict";
// Questions are answered in the page; what is answered is remembered by the browser, if it remembers anything. The arrow
// keys go to the steps beside this one.
{
  const KEPT = "autograd-tiny: answers", PATIENCE = 3;
  const SIGNS = { right: "✓ ", wrong: "✗ ", unreadable: "? ", hint: "Hint: ", solution: "" };
  const [, lesson, step] = /lessons\/([^/]+)\/(\w+)\.html$/.exec(location.pathname) ?? ["", "", ""];

  const remembered = () => {
    try {
      return JSON.parse(localStorage.getItem(KEPT)) ?? {};
    } catch {
      return {};
    }
  };
  const remember = (id, stand) => {
    try {
      localStorage.setItem(KEPT, JSON.stringify({ ...remembered(), [id]: stand }));
    } catch {
      // a browser that keeps nothing: the page works all the same
    }
  };

  // Marks beside steps and lessons whose questions are answered.
  function mark() {
    const done = remembered();
    for (const link of document.querySelectorAll(".steps a")) {
      const step = /(\w+)\.html$/.exec(link.getAttribute("href"))[1];
      if (!done[`${lesson}/${step}`] || link.querySelector(".marks")) continue;
      const sign = Object.assign(document.createElement("span"), { className: "marks", textContent: " ✓" });
      sign.setAttribute("role", "img");
      sign.setAttribute("aria-label", "answered");
      link.append(sign);
    }
  }

  // How far one has come, where all lessons are: in words, in the map's picture, and where the way in leads.
  function stand() {
    const words = (text) => text.split(" ").filter(Boolean), done = remembered();
    const all = [...document.querySelectorAll("[data-lesson]")].map(({ dataset }) => {
      const asked = words(dataset.counts), count = asked.filter((id) => done[`${dataset.lesson}/${id}`]).length;
      return { name: dataset.lesson, needs: words(dataset.needs), count, whole: count === asked.length };
    });
    for (const { name, count, whole } of all)
      document.querySelector(`[data-lesson="${name}"] .marks`).textContent = count ? `· ${whole ? "✓ all" : count} answered` : "";
    const left = all.filter(({ whole }) => !whole), open = left.map(({ name }) => name);
    const last = Object.keys(done).at(-1)?.split("/")[0];
    const next = left.find(({ name }) => name === last) ?? left.find(({ needs }) => !needs.some((name) => open.includes(name)));
    if (!next || !all.some(({ count }) => count)) return;
    const way = document.querySelector(".button.first"), title = document.querySelector(`[data-lesson="${next.name}"] a`);
    if (way) Object.assign(way, { href: title.href, textContent: `${next.count ? "Go on" : "Next"}: ${title.textContent}` });
    light(all, next);
  }

  // The picture was drawn for somebody who is about to begin: its first box is lit.
  function light(all, next) {
    const link = ({ name }) => document.querySelector(`.stage a[href$="lessons/${name}/index.html"]`);
    const [lit, plain] = all.map((each) => link(each)?.querySelector("rect")), box = link(next)?.querySelector("rect");
    if (lit && plain && box && box !== lit)
      for (const name of ["fill", "stroke", "stroke-width"]) {
        const bright = lit.getAttribute(name);
        lit.setAttribute(name, plain.getAttribute(name));
        box.setAttribute(name, bright);
      }
    for (const each of all.filter(({ count }) => count)) {
      const place = link(each), number = place?.querySelector("text"), frame = place?.querySelector("rect");
      if (!number) continue;
      const sign = number.cloneNode();
      sign.textContent = each.whole ? "✓" : "▸";
      sign.setAttribute("text-anchor", "end");
      sign.setAttribute("x", Number(frame.getAttribute("x")) + Number(frame.getAttribute("width")) - 5);
      number.after(sign);
      place.setAttribute("aria-label", `${place.getAttribute("aria-label")}, ${each.whole ? "done" : "begun"}`);
    }
  }

  class Question {
    constructor(section) {
      this.section = section;
      this.record = JSON.parse(section.querySelector(".record").textContent);
      this.id = `${lesson}/${this.record.id}`;
      this.said = section.querySelector(".said");
      this.form = section.querySelector("form");
      this.missed = this.hinted = 0;
      if (!this.form) return;
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.answer();
      });
      this.form.querySelector('[data-do="hint"]').addEventListener("click", () => this.hint());
      this.form.querySelector('[data-do="solve"]').addEventListener("click", () => this.solve());
      if (remembered()[this.id]) this.settle(remembered()[this.id]);
    }

    // What one would type in a terminal: the fields' values with blanks between them.
    get text() {
      return new FormData(this.form).getAll("answer").join(" ").trim();
    }

    answer() {
      if (!this.text && this.section.dataset.status !== "open") return onward();
      const verdict = answered(this.record, this.text, rules);
      this.say(verdict.kind, verdict.said);
      if (verdict.kind === "right") this.settle("right");
      else if (verdict.kind === "wrong" && ++this.missed === PATIENCE && this.record.hints.length > this.hinted) this.say("hint", ["The button beside Answer gives one."], true);
    }

    hint() {
      if (this.hinted < this.record.hints.length) this.say("hint", [this.record.hints[this.hinted++]], this.hinted > 1);
      else this.say("hint", ["There is no further hint."]);
    }

    solve() {
      this.say("solution", [this.record.solution]);
      this.settle("solved");
    }

    // It is answered, or looked up: what follows may be read.
    settle(stand) {
      if (this.section.dataset.status !== "right") this.section.dataset.status = stand;
      if (remembered()[this.id] !== "right") remember(this.id, stand);
      if (![...document.querySelectorAll(".question:has(form)")].some((each) => each.dataset.status === "open")) remember(`${lesson}/${step}`, "answered");
      for (const rest of document.querySelectorAll(`.rest[data-after="${this.record.id}"]`)) {
        rest.open = true;
        rest.dataset.settled = "";
      }
      mark();
    }

    say(kind, parts, more = false) {
      const box = document.createElement("div");
      box.className = kind;
      const sign = Object.assign(document.createElement("strong"), { className: "verdict", textContent: SIGNS[kind] });
      const inside = document.createElement("div");
      inside.innerHTML = parts.map((part) => this.html(part)).join("");
      if (SIGNS[kind]) (inside.querySelector(":scope > p:first-child") ?? inside).prepend(sign);
      box.append(inside);
      if (!more) this.said.replaceChildren();
      this.said.append(box);
    }

    // A sentence of the question, which was written into it as HTML; all else is text.
    html(part) {
      if (typeof part === "number") return unpacked(this.record, part);
      const text = document.createElement("span");
      text.textContent = part.typed ?? part;
      return text.innerHTML;
    }
  }

  const beside = (rel) => document.querySelector(`.onward [rel="${rel}"]`);
  function onward() {
    beside("next")?.click();
  }

  for (const section of document.querySelectorAll(".question:has(.record)")) new Question(section);
  mark();
  if (document.querySelector("[data-lesson]")) stand();
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.target.closest("input, textarea, select, summary, iframe, [role='group'][tabindex]")) return;
    const rel = { ArrowRight: "next", ArrowLeft: "prev" }[event.key];
    if (rel) beside(rel)?.click();
  });
  addEventListener("beforeprint", () => {
    for (const rest of document.querySelectorAll(".rest")) rest.open = true;
  });
}
