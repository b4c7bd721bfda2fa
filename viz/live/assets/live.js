"use strict";
// The server tells the whole state at every change; `turn` says whether there is something new in front.
{
  const element = (name) => document.getElementById("live-" + name);
  const root = document.documentElement, stage = element("stage"), select = element("picture");
  const preferred = matchMedia("(prefers-color-scheme: dark)");
  let pictures = [], shown = 0, turn = -1, ended = false;

  function told(words, connected) {
    element("status").textContent = words;
    document.body.classList.toggle("connected", connected);
  }

  function received(state) {
    if (state.ended) {
      ended = true;
      news.end();
      told("Python has ended; this picture stays", false);
      element("history").hidden = true;
      return;
    }
    pictures = state.pictures;
    list();
    if (state.turn === turn) return;
    turn = state.turn;
    if (state.at) show(state.at, state.frame);
  }

  function list() {
    select.replaceChildren(...pictures.map(({ number, title, frames }) => {
      const option = new Option(number + " · " + title + (frames ? " (film)" : ""), number);
      option.selected = number === shown;
      return option;
    }));
    element("history").hidden = !pictures.length;
    const place = pictures.findIndex(({ number }) => number === shown);
    element("older").setAttribute("aria-disabled", place <= 0);
    element("newer").setAttribute("aria-disabled", place < 0 || place === pictures.length - 1);
  }

  // The new picture loads behind the old one and takes its place when it is there: nothing flickers.
  function show(number, frame) {
    const picture = pictures.find((each) => each.number === number);
    const place = frame === null || frame === undefined ? "" : "#frame=" + (frame + 1);
    if (shown === number) {
      const here = stage.querySelector("iframe:last-of-type");
      if (place && here.className) here.src = "picture/" + number + place; // it is still on its way
      else if (place) here.contentWindow.location.hash = place;
      return;
    }
    stage.querySelectorAll(".arriving").forEach((late) => late.remove());
    const next = document.createElement("iframe");
    next.title = picture.title;
    next.className = "arriving";
    next.addEventListener("load", () => arrived(next), { once: true });
    next.src = "picture/" + number + place;
    stage.append(next);
    shown = number;
    document.title = picture.title + " · live";
    list();
  }

  function arrived(frame) {
    const onPicture = document.activeElement === document.body || document.activeElement.matches("iframe");
    if (!frame.contentDocument) return frame.remove(); // the server went away in between
    for (const old of Array.from(stage.children)) if (old !== frame) old.remove();
    frame.classList.remove("arriving");
    frame.contentDocument.addEventListener("keydown", pressed);
    dress(isDark());
    if (onPicture) frame.contentWindow.focus(); // its keys step through the film
  }

  function step(by) {
    const place = pictures.findIndex(({ number }) => number === shown) + by;
    if (pictures[place] && !ended) show(pictures[place].number);
  }

  function pressed(event) {
    if (!event.shiftKey || event.altKey || event.ctrlKey || event.metaKey || event.target.matches("select, input")) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
  }

  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : preferred.matches;
  function dress(dark) {
    element("theme").setAttribute("aria-pressed", dark);
    for (const frame of stage.querySelectorAll("iframe"))
      if (frame.contentDocument) frame.contentDocument.documentElement.dataset.theme = dark ? "dark" : "light";
  }

  element("older").addEventListener("click", () => step(-1));
  element("newer").addEventListener("click", () => step(1));
  select.addEventListener("change", () => show(Number(select.value)));
  element("theme").addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    dress(isDark());
  });
  preferred.addEventListener("change", () => { delete root.dataset.theme; dress(isDark()); });
  document.addEventListener("keydown", pressed);
  dress(isDark());
  const news = follow(() => "events", {
    heard: received, opened: () => told("follows Python", true), lost: () => told("no connection; trying again", false),
  });
}
