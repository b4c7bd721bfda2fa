"use strict";
// The address names the level: links lead in and out, and the browser's own Back and Forward work as everywhere.
{
  const levels = new Map(Array.from(document.querySelectorAll("main > section"), (section) => [section.id, section]));
  const first = levels.keys().next().value;
  const degrees = Array.from(document.querySelectorAll("#zoom-degrees a"));
  const fitting = document.getElementById("zoom-fit");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const title = document.title;
  let at = "";
  let whole = first; // the whole picture that was looked at last: the way back out ends there

  const around = (name) => levels.get(name).dataset.around;
  const named = (address) => decodeURIComponent(address.replace(/^[^#]*#?/, ""));
  const linkTo = (name, section) => section.querySelector('.stage a[href="#' + CSS.escape(name) + '"]');
  const outer = (name) => { const out = around(name); return !out || !levels.has(out) ? whole : around(out) ? out : whole; };

  function isInside(name, other) { // whether level `name` lies in level `other`
    for (let out = name; around(out); ) {
      out = outer(out);
      if (out === other) return true;
    }
    return false;
  }

  function show(name) {
    if (name === at || !levels.has(name)) return;
    const before = at, section = levels.get(name), door = before && linkTo(name, levels.get(before));
    const place = door && door.getBoundingClientRect();
    for (const [other, each] of levels) each.hidden = other !== name;
    at = name;
    if (!around(name)) whole = name;
    for (const link of section.querySelectorAll(".trail li:first-child a")) link.setAttribute("href", "#" + whole);
    for (const link of degrees) {
      if (named(link.hash) === name) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const heading = section.querySelector("h2");
    document.title = around(name) ? heading.textContent + " – " + title : title;
    if (!before) return;
    const back = isInside(before, name) && linkTo(before, section);
    (back || heading).focus({ preventScroll: !back });
    if (!still.matches) grow(section.querySelector(".stage > svg"), place, Boolean(back));
  }

  // What was clicked grows into its inside; on the way out the inside shrinks back.
  function grow(picture, place, outward) {
    const box = picture.getBoundingClientRect();
    const middle = place ? [place.left + place.width / 2 - box.left, place.top + place.height / 2 - box.top] : [box.width / 2, box.height / 2];
    picture.style.transformOrigin = middle[0] + "px " + middle[1] + "px";
    const from = { transform: "scale(" + (outward ? 1.25 : 0.35) + ")", opacity: 0 };
    picture.animate([from, { transform: "none", opacity: 1 }], { duration: 280, easing: "ease-out" });
  }

  // A picture larger than its card is seen whole, or at its true size in a card that scrolls.
  function fit() {
    const whole = document.body.classList.toggle("fit");
    fitting.setAttribute("aria-pressed", whole);
  }

  function pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && around(at)) location.hash = outer(at);
    else if (event.key === "f") fit();
    else return;
    event.preventDefault();
  }

  fitting.hidden = false;
  fitting.addEventListener("click", fit);
  document.addEventListener("keydown", pressed);
  addEventListener("hashchange", () => show(levels.has(named(location.hash)) ? named(location.hash) : whole));
  document.body.classList.add("scripted");
  show(levels.has(named(location.hash)) ? named(location.hash) : first);
}
