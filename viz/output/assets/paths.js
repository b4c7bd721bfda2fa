// Highlighting paths: everything on the way from what is chosen to the results stays, the rest turns grey.
// `links` are the picture's wires: [id, where it begins, where it ends].
const pathways = (stage, links, tell) => {
  const most = 40, base = (id) => id.split(".")[0];
  const groups = Array.from(stage.querySelectorAll("svg > g[id], svg > a > g[id], svg > g > g[id]"));
  const onward = new Map();
  for (const [wire, tail, head] of links) onward.set(tail, [...(onward.get(tail) ?? []), [wire, head]]);
  const leaves = [...onward.keys()].filter((node) => !links.some(([, , head]) => head === node));
  let chosen = null; // what it begins at, its paths, and which of them is seen; -1 is all of them

  function routes(start) {
    const found = [], wire = links.find(([id]) => id === start);
    const waiting = wire ? [[wire[2], [wire[1], start, wire[2]]]] : [[start, [start]]];
    while (waiting.length && found.length < most) {
      const [node, way] = waiting.pop(), next = onward.get(node);
      if (!next) found.push(new Set(way));
      else for (const [wire, head] of [...next].reverse()) waiting.push([head, [...way, wire, head]]);
    }
    return found;
  }

  function show() {
    const seen = chosen && (chosen.at < 0 ? new Set(chosen.routes.flatMap((route) => [...route])) : chosen.routes[chosen.at]);
    for (const group of groups) {
      const part = base(group.id);
      group.classList.toggle("dim", Boolean(seen) && !/^(box|caption)/.test(part) && !seen.has(part));
    }
    if (!chosen) return tell("");
    const name = stage.querySelector("#" + CSS.escape(chosen.start + ".face"))?.textContent.trim() ?? "here";
    const count = chosen.routes.length;
    tell(count === 1 ? "the path from " + name : chosen.at < 0 ? "all " + count + " paths from " + name : "path " + (chosen.at + 1) + " of " + count + " from " + name);
  }

  function choose(start) {
    if (chosen?.start === start) return next();
    const found = routes(start);
    chosen = found.length ? { start, routes: found, at: found.length > 1 ? -1 : 0 } : null;
    show();
  }
  function next() {
    if (chosen && chosen.at + 1 < chosen.routes.length) chosen.at += 1; else chosen = null;
    show();
  }
  function clear() {
    chosen = null;
    show();
  }
  // One leaf's paths after the other, and then none.
  function cycle() {
    const last = chosen?.start;
    if (chosen) next();
    if (chosen) return;
    const k = leaves.indexOf(last) + 1;
    if (k < leaves.length) choose(leaves[k]);
  }

  stage.addEventListener("click", (event) => {
    const group = event.target.closest("g[id]"), part = group && base(group.id);
    if (part && (onward.has(part) || links.some(([id, , head]) => id === part || head === part))) choose(part); else if (chosen) clear();
  });
  return { choose, clear, cycle, active: () => chosen !== null };
};
