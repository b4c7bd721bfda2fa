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
    for (const place of document.querySelectorAll("[data-counts]")) {
      const asked = place.dataset.counts.split(" ").filter(Boolean), count = asked.filter((id) => done[id]).length;
      place.textContent = count ? `· ${count === asked.length ? "✓ all" : count} answered` : "";
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
