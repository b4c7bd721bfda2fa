// The page follows the room: the server tells what is new, and a tab asks for what is to be done. Nothing is decided here.
import { Log } from "./log.js";
import { editor } from "./editor.js";

const element = (id) => document.getElementById(id);
const root = document.documentElement, body = document.body;
const me = String(Math.random()); // which tab this is
const coarse = matchMedia("(pointer: coarse)"), preferred = matchMedia("(prefers-color-scheme: dark)");
const wide = matchMedia("(min-width: 64rem)");
const patience = 6000; // milliseconds; a Python that says nothing for longer lets none of its threads run
const shown = { scene: null, room: "", turn: 0, busy: false, asking: false, moving: false, mine: false, question: null };
const log = new Log(element("log"), dressed);
let busyTimer = 0, noteTimer = 0, exercise = null, prompt = null;

// Asking --------------------------------------------------------------------------------------------------------------

async function ask(what, more = {}) {
  const at = shown.scene && shown.scene.view === "lesson" ? [shown.scene.lesson, shown.scene.at] : null;
  try {
    const answer = await fetch("do", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ do: what, at, ...more }),
    });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const told = await answer.json();
    if (told.refused && !told.stale) note(told.refused);
    if (told.stale) setTimeout(() => { if (at && shown.scene.at === at[1]) note(told.refused); }, 500); // unless it just came
    return told;
  } catch {
    note("Python does not answer.");
    return { refused: true };
  }
}

// A move, or an answer: what comes of it is where this tab's keyboard goes on. One at a time.
async function move(what, more) {
  if (shown.moving) return;
  shown.moving = shown.mine = true;
  const told = await ask(what, more);
  shown.moving = false;
  if (told.refused) shown.mine = false;
}

// News ----------------------------------------------------------------------------------------------------------------

function received(news) {
  if (body.classList.contains("alone")) { body.classList.remove("alone"); note(""); }
  if (news.room !== shown.room) { log.clear(); news = { busy: false, asking: false, stuck: false, ...news }; } // another process
  shown.room = news.room;
  shown.turn = news.turn;
  if ("cleared" in news) log.clear();
  log.take(news.log, news.first);
  if (news.busy !== undefined) busy(news.busy);
  if (news.asking !== undefined) asking(news.asking);
  if (news.stuck !== undefined) element("stuck").hidden = !news.stuck;
  if (news.scene) scene(news.scene);
  if (news.draft) drafted(news.draft);
  if (news.note && Date.now() / 1000 - news.note.when < 10) noteHtml(news.note.html); // not that of before a reload
  if (news.ended) ended();
}

function ended() {
  follower.end();
  body.classList.add("ended");
  note("Python has ended. Start it again with python -m lessons web; the lesson remembers where you are.", true);
}

function busy(now) {
  shown.busy = now;
  clearTimeout(busyTimer);
  const tell = () => {
    body.classList.toggle("busy", shown.busy);
    element("interrupt").hidden = !shown.busy;
  };
  if (now) busyTimer = setTimeout(tell, 300); else tell(); // what takes no time needs no sign
}

function asking(now) {
  shown.asking = now;
  element("prompt").classList.toggle("asking", now);
  element("prompt-label").textContent = now ? "?" : "›";
  element("run").textContent = now ? "Send" : "Run";
  if (now) openDesk();
}

function note(text, stays = false) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  noteHtml(text ? paragraph.outerHTML : "", stays);
}

function noteHtml(html, stays = false) {
  clearTimeout(noteTimer);
  element("note").innerHTML = html;
  if (html && !stays) noteTimer = setTimeout(() => { element("note").innerHTML = ""; }, 8000);
}

// The scene -----------------------------------------------------------------------------------------------------------

function scene(now) {
  const before = shown.scene, lesson = now.view === "lesson";
  const same = before && before.view === now.view && before.lesson === now.lesson;
  const arrived = !same || before.at !== now.at || before.step !== now.step;
  shown.scene = now;
  body.dataset.view = now.view;
  element("loading").hidden = true;
  element("lesson").hidden = !lesson;
  element("map").hidden = lesson;
  element("way").hidden = element("desk").hidden = element("to-steps").hidden = element("progress").hidden = !lesson;
  if (!lesson) { element("end").hidden = true; return map(now, arrived); }
  element("title").textContent = now.title;
  document.title = `${now.title} · ${now.step}`;
  place(now);
  if (!same || before.step !== now.step) element("lesson").replaceChildren();
  pieces(now.pieces);
  question(now);
  end(now.ended);
  way(now);
  if (arrived) land(same && before.step === now.step);
  else if (now.ended && !before.ended) element("end").querySelector("a, button").focus();
  else if (shown.mine && JSON.stringify(before.said) !== JSON.stringify(now.said)) judged(now);
  else return; // a picture has been drawn
  shown.mine = false;
}

function place(now) {
  const last = now.steps[now.steps.length - 1].number, passed = now.ended ? last : now.step;
  element("place").innerHTML = now.step ? `<span class="wide">Step ${now.step} of ${last}</span><span class="narrow" aria-hidden="true">${now.step} / ${last}</span>` : '<span class="wide">Opening</span>';
  element("progress").max = last || 1;
  element("progress").value = passed;
  const marks = { right: "✓", solved: "◐", skipped: "–", open: "○" };
  const names = { right: "answered", solved: "looked up", skipped: "skipped", open: "open" };
  element("steps-list").replaceChildren(...now.steps.map(({ number, title, here, marks: states }) => {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.dataset.step = number;
    if (here) button.setAttribute("aria-current", "step");
    const name = document.createElement("span"), row = document.createElement("span");
    name.textContent = number ? `${number}  ${title}` : title;
    row.className = "marks";
    row.textContent = states.map((state) => marks[state]).join(" ");
    if (states.length) row.setAttribute("aria-label", states.map((state) => names[state]).join(", "));
    if (states.length) row.setAttribute("role", "img");
    button.append(name, row);
    item.append(button);
    return item;
  }));
}

// A piece that says the same stays as it is: its film plays on. A question keeps what has been written there.
function pieces(list) {
  const lesson = element("lesson"), here = new Map(Array.from(lesson.children, (node) => [node.dataset.key, node]));
  let place = lesson.firstElementChild;
  for (const { key, html } of list) {
    let node = here.get(key);
    here.delete(key);
    if (!node || node.told !== html) {
      const asked = node && node.querySelector(".question");
      const fresh = document.createElement("div");
      fresh.className = "screen piece";
      fresh.dataset.key = key;
      fresh.innerHTML = html;
      const again = fresh.querySelector(".question");
      if (asked && again && asked.dataset.question === again.dataset.question) {
        asked.dataset.status = again.dataset.status;
        const stand = again.querySelector(".stand"), old = asked.querySelector(".stand");
        if (old) old.remove();
        if (stand) asked.querySelector(".ask").after(stand);
      } else if (node) {
        if (place === node) place = fresh;
        node.replaceWith(fresh);
        node = fresh;
        furnish(node);
      } else {
        node = fresh;
        lesson.insertBefore(node, place);
        furnish(node);
      }
      node.told = html;
    }
    if (place === node) place = node.nextElementSibling;
  }
  here.forEach((old) => old.remove());
}

// What a face adds to the pieces that every page shows: pictures enlarge, trainings run, films wear the page's colours.
function furnish(node) {
  for (const figure of node.querySelectorAll("figure.picture:not(.film, .played, .waiting)")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet enlarge";
    button.dataset.picture = figure.id;
    button.textContent = "Enlarge";
    figure.append(button);
  }
  for (const trained of node.matches(".piece") ? node.querySelectorAll(".trained") : []) {
    const row = document.createElement("p");
    row.innerHTML = '<button type="button" class="quiet" data-train>Train it here</button>';
    trained.append(row);
  }
  for (const frame of node.querySelectorAll("iframe")) frame.addEventListener("load", () => dress(frame));
  for (const link of node.querySelectorAll('a[href^="http"], a[href^="picture/"]')) {
    link.target = "_blank";
    link.rel = "noopener";
  }
}

function question(now) {
  const asked = now.question, sections = Array.from(document.querySelectorAll("#lesson .question"));
  for (const section of sections) section.classList.toggle("now", Boolean(asked) && section.dataset.question === asked.id);
  const section = sections.find((each) => each.classList.contains("now"));
  if (shown.question !== (section || null)) { if (exercise) exercise.leave(); exercise = null; }
  shown.question = section || null;
  if (!section) return;
  const said = now.said.map(({ kind, html }) => `<div class="${kind}">${html}</div>`).join("");
  const box = section.querySelector(".said");
  if (box.told !== said) { box.innerHTML = box.told = said; }
  const area = section.querySelector("textarea");
  if (area && !exercise) write(area, now);
  if (exercise) exercise.mark(now.said);
}

function write(area, now) {
  const id = now.question.id;
  let timer = 0;
  const tell = (code) => { clearTimeout(timer); timer = setTimeout(() => ask("draft", { question: id, code, by: me }), 600); };
  area.value = now.question.draft;
  exercise = editor(area, {
    label: area.getAttribute("aria-labelledby"), changed: tell, complete,
    run: () => area.form.requestSubmit(), leave: () => element("next").focus(),
  });
  exercise.id = id;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "quiet";
  again.textContent = "Begin again";
  again.addEventListener("click", () => { exercise.set(now.question.starter); tell(now.question.starter); exercise.focus(); });
  area.form.querySelector(".buttons").append(again);
}

function drafted({ question: id, code, by }) {
  if (by !== me && exercise && exercise.id === id && exercise.get() !== code) exercise.set(code);
}

function end(ended) {
  const section = element("end");
  section.hidden = !ended;
  if (!ended) return section.replaceChildren();
  const { html, following } = ended;
  section.innerHTML = html;
  const row = document.createElement("p");
  row.className = "buttons";
  if (following) {
    const link = document.createElement("a");
    link.className = "button main";
    link.href = `#go=${following.id}/`;
    link.textContent = `Go on with ${following.title} (${following.minutes} min)`;
    row.append(link);
  }
  const all = document.createElement("button");
  all.type = "button";
  all.className = "quiet";
  all.textContent = "All lessons";
  all.addEventListener("click", () => ask("map"));
  row.append(all);
  section.append(row);
}

function way(now) {
  const open = Boolean(now.question && now.question.open);
  element("back").setAttribute("aria-disabled", now.at === 0);
  element("skip").hidden = !open;
  element("next").classList.toggle("main", !open && !now.ended);
  element("next").setAttribute("aria-disabled", open || Boolean(now.ended));
  element("next").firstElementChild.textContent = now.last ? "Finish" : "Next";
}

// Where one is after a move: at the top of what is new, with the question's field under one's fingers.
function land(sameStep) {
  const now = shown.scene;
  const target = element("lesson").querySelector(`[data-key="${now.at}-0"]`) || element("title");
  if (sameStep) target.scrollIntoView({ block: "start" }); else scrollTo(0, 0);
  if (!shown.mine || coarse.matches) return;
  const field = now.question && now.question.open && shown.question.querySelector("input, select");
  (field || element("next")).focus({ preventScroll: true });
}

// After an answer: on, where it was right; else to what was written.
function judged(now) {
  const box = shown.question && shown.question.querySelector(".said:not(:empty)");
  if (box) box.scrollIntoView({ block: "nearest" });
  if (!now.question || now.question.open || coarse.matches) return;
  element("next").focus({ preventScroll: true });
}

function map(now, arrived) {
  element("title").textContent = document.title = "Lessons";
  element("map").innerHTML = now.html;
  const row = document.createElement("p");
  row.innerHTML = '<button type="button" class="quiet" data-picture="map">The map as a circuit</button>';
  element("map").append(row);
  if (arrived) scrollTo(0, 0);
  if (arrived && !coarse.matches && element("go-on")) element("go-on").focus({ preventScroll: true });
}

// What is clicked and typed -------------------------------------------------------------------------------------------

function given(form) {
  if (exercise) return exercise.get();
  const values = [...new FormData(form).getAll("answer")];
  return values.some((value) => value === "") && values.length > 1 ? "" : values.join(" ");
}

document.addEventListener("submit", (event) => {
  if (event.target.closest("dialog")) return;
  event.preventDefault();
  if (event.target.id === "prompt") return sent();
  if (!event.target.matches(".now .answer")) return;
  const text = given(event.target);
  if (!text.trim()) return note("Write or choose an answer first.");
  if (exercise) move("check", { code: text }); else move("answer", { text });
});

// A link to a lesson, in the page or in the map's picture: #go=LESSON/STEP behind the page's address.
function led(where) {
  where?.addEventListener("click", (event) => {
    const link = event.target.closest('a[href*="#go="]');
    if (!link) return;
    event.preventDefault();
    if (element("large").open) { reduce(); element("large").close(); }
    went(link.getAttribute("href"));
  });
}
function went(address) {
  const [lesson, place] = decodeURIComponent(address.split("#go=")[1]).split("/");
  return move("open", { lesson, place });
}
led(document);

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const stage = event.target.closest("figure.picture:not(.film, .played) .stage");
  if (stage && !getSelection().toString()) return enlarge(stage.closest("figure").id);
  if (!button) return;
  if (button.dataset.do) ask(button.dataset.do);
  if (button.dataset.picture) enlarge(button.dataset.picture);
  if (button.dataset.step) { element("steps").close(); move("goto", { place: button.dataset.step }); }
  if ("train" in button.dataset) { openDesk(); ask("train"); }
});

function next() {
  const now = shown.scene;
  if (now.ended) return;
  if (now.question && now.question.open) return note("Your answer first, please; or take a hint, look it up, or skip it.");
  move("next");
}
function back() { if (shown.scene.at) move("back"); }

element("next").addEventListener("click", next);
element("back").addEventListener("click", back);
element("skip").addEventListener("click", () => move("skip"));
element("to-map").addEventListener("click", () => toMap());
element("to-steps").addEventListener("click", () => element("steps").showModal());
element("to-keys").addEventListener("click", () => element("keys").showModal());
element("interrupt").addEventListener("click", () => { prompt.focus(); interrupt(); });
element("restart").addEventListener("click", async () => {
  const told = await ask("restart");
  if (!told.refused) note("Python is being restarted …", true);
});
element("to-desk").addEventListener("click", () => openDesk(true));
element("close-desk").addEventListener("click", closeDesk);

// Code in C may let no thread of Python run, not even the one that would hear of it.
async function interrupt() {
  const silence = setTimeout(() => note("Python does not answer: what it is at lets nothing else run. Wait, or end it where it was started and start it again; the lesson remembers where you are.", true), patience);
  await ask("interrupt");
  clearTimeout(silence);
}

function toMap() {
  const { scene: now } = shown;
  if (now && now.view === "map") { if (now.back) move("open", { lesson: now.back.lesson }); } else ask("map");
}

function openDesk(focus = false) {
  body.classList.add("desk-open");
  element("to-desk").setAttribute("aria-expanded", "true");
  if (focus && prompt) prompt.focus();
}
function closeDesk() {
  body.classList.remove("desk-open");
  element("to-desk").setAttribute("aria-expanded", "false");
  if (!wide.matches) element("to-desk").focus();
}

// Its page goes before the dialog does: a picture cannot measure a place that is not seen.
const reduce = () => element("large").querySelectorAll("iframe").forEach((old) => old.remove());
for (const event of ["cancel", "submit"]) element("large").addEventListener(event, reduce);

function enlarge(name) {
  const dialog = element("large"), frame = document.createElement("iframe");
  reduce();
  frame.title = "The picture, enlarged";
  frame.addEventListener("load", () => { dress(frame); led(frame.contentDocument); });
  frame.src = `picture/${name}`;
  dialog.append(frame);
  dialog.showModal();
}

const keys = {
  ArrowRight: next, ArrowLeft: back, m: toMap, c: () => element("to-steps").click(), "?": () => element("to-keys").click(),
  h: () => { if (shown.scene.question) ask("hint"); },
  p: () => openDesk(true),
  a: () => { if (exercise) exercise.focus(); else if (shown.question) shown.question.querySelector("input, select").focus(); },
  z: () => { const all = document.querySelectorAll("#lesson .enlarge"); if (all.length) all[all.length - 1].click(); },
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, .cm-editor, dialog");
  if (event.key === "Escape" && typing && !typing.matches("dialog") && !event.defaultPrevented) return element("next").focus();
  if (typing || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || !shown.scene) return;
  if (event.target.matches("[type=radio]") && event.key.startsWith("Arrow")) return;
  if (event.target.closest(".stage, #log") && event.key.startsWith("Arrow")) return;
  const act = keys[event.key];
  if (!act || (event.key.length === 1 && !element("letters").checked)) return;
  if (shown.scene.view === "map" && !["m", "?"].includes(event.key)) return;
  event.preventDefault();
  act();
});

// The prompt ----------------------------------------------------------------------------------------------------------

async function complete(text, at) {
  const told = await ask("complete", { text, at_character: at });
  return told.options ? told : null;
}

// Whether a block goes on in the next line, as far as can be seen at once: fingers do not wait for Python, which knows.
function goesOn(text) {
  const lines = text.split("\n"), last = lines[lines.length - 1];
  const block = /^(@|(async|class|def|for|if|try|while|with)\b)/.test(lines[0]) || /:\s*$/.test(last);
  return block && (lines.length === 1 || last.trim() !== "");
}

async function sent() {
  const text = prompt.get();
  if (shown.asking) { prompt.set(""); return ask("line", { text }); }
  if (!text.trim()) return;
  if (goesOn(text)) return prompt.newline();
  const told = await ask("type", { text });
  if (told.unfinished) prompt.newline();
  else if (!told.refused) { log.remember(text); prompt.set(""); }
}

// Day and night -------------------------------------------------------------------------------------------------------

const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : preferred.matches;
function dress(frame) {
  if (frame.contentDocument) frame.contentDocument.documentElement.dataset.theme = isDark() ? "dark" : "light";
}
function dressed(node) {
  furnish(node);
}
function theme(chosen) {
  if (chosen) root.dataset.theme = chosen; else delete root.dataset.theme;
  element("theme").setAttribute("aria-pressed", isDark());
  document.querySelectorAll("iframe").forEach(dress);
}
element("theme").addEventListener("click", () => {
  const chosen = isDark() ? "light" : "dark";
  localStorage.setItem("theme", chosen);
  theme(chosen);
});
preferred.addEventListener("change", () => { localStorage.removeItem("theme"); theme(""); });
element("letters").checked = localStorage.getItem("letters") !== "off";
element("letters").addEventListener("change", () => localStorage.setItem("letters", element("letters").checked ? "on" : "off"));

theme(localStorage.getItem("theme"));
prompt = editor(element("prompt-text"), {
  label: "", prompt: true, complete, run: sent, history: log, interrupt,
  leave: () => element("next").focus(),
});
const follower = follow(() => `events?since=${shown.turn}&of=${shown.room}`, {
  heard: received, opened: () => {},
  lost: () => { body.classList.add("alone"); note("No connection to Python; trying again …", true); },
});
if (location.hash.startsWith("#go=")) {
  went(location.hash);
  history.replaceState(null, "", location.pathname);
}
