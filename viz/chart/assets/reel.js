"use strict";
const main = document.querySelector("main"), slider = document.querySelector("nav input"), play = document.querySelector("#play");
const frames = [...document.querySelectorAll(".frame")], last = frames.length - 1;
let timer = 0;
function show(k) {
  const at = Math.min(Math.max(k, 0), last);
  frames.forEach((frame, i) => frame.classList.toggle("shown", i === at));
  slider.value = at;
  slider.setAttribute("aria-valuetext", frames[at].querySelector("figcaption").textContent);
}
function stop() { clearInterval(timer); timer = 0; play.textContent = "Play"; }
function start() {
  if (Number(slider.value) === last) show(0);
  play.textContent = "Pause";
  timer = setInterval(() => { if (Number(slider.value) === last) stop(); else show(Number(slider.value) + 1); }, 300);
}
slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
play.addEventListener("click", () => (timer ? stop() : start()));
main.classList.add("moves");
show(last);
