"use strict";
// Finds pages by their words: all of them must stand there, the last one may still be typed.
{
  const { pages, words } = JSON.parse(document.getElementById("index").textContent);
  const known = Object.keys(words);
  const field = document.querySelector(".search input"), list = document.getElementById("results"), count = document.getElementById("count");
  const places = (text) => text.split(" ").filter(Boolean).map((place) => parseInt(place, 16));

  // Pages with this word, or one that begins so, each with how well it fits: in its title, as a whole word.
  function having(word, begun) {
    const found = new Map();
    for (const each of known) {
      if (each !== word && !(begun && each.startsWith(word))) continue;
      const [titled, read] = words[each].split("|").map(places), whole = each === word ? 2 : 1;
      for (const [pages, weight] of [[titled, 4 * whole], [read, whole]]) for (const page of pages) found.set(page, Math.max(found.get(page) ?? 0, weight));
    }
    return found;
  }

  function search() {
    const asked = field.value.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
    const each = asked.map((word, k) => having(word, k === asked.length - 1));
    const whole = each.length ? [...each[0].keys()].filter((page) => each.every((found) => found.has(page))) : [];
    const weight = (page) => each.reduce((sum, found) => sum + found.get(page), 0);
    whole.sort((a, b) => weight(b) - weight(a) || a - b);
    list.replaceChildren(...whole.slice(0, 50).map(result));
    count.textContent = asked.length ? `${whole.length} page${whole.length === 1 ? "" : "s"}${whole.length > 50 ? ", the first 50 of them here" : ""}` : "";
  }

  function result(number) {
    const [title, address, about] = pages[number];
    const item = document.createElement("li"), link = document.createElement("a"), beside = document.createElement("span");
    link.href = address;
    link.textContent = title;
    beside.className = "soft";
    beside.textContent = about;
    item.append(link, beside);
    return item;
  }

  field.value = new URLSearchParams(location.search).get("q") ?? "";
  field.addEventListener("input", search);
  field.form.addEventListener("submit", (event) => event.preventDefault());
  search();
  field.focus();
}
