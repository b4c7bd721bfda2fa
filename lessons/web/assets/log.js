// What was typed and printed. An entry may grow: it is told anew, and takes its own place.

const most = 200;
const colours = ["--series-1", "--series-2", "--series-3", "--series-4"];

export class Log {
  constructor(place, furnish) {
    this.place = place;
    this.furnish = furnish;
    this.lines = []; // what was typed, the oldest first
    this.at = 0;
  }

  clear() {
    this.place.replaceChildren();
  }

  take(entries, first) {
    if (!entries.length) return;
    const { scrollTop, scrollHeight, clientHeight } = this.place;
    const atEnd = scrollHeight - scrollTop - clientHeight < 40;
    for (const entry of entries) this.put(entry);
    while (this.place.firstElementChild && Number(this.place.firstElementChild.dataset.n) < first) this.place.firstElementChild.remove();
    while (this.place.childElementCount > most) this.place.firstElementChild.remove();
    if (atEnd) this.place.scrollTop = this.place.scrollHeight;
  }

  put(entry) {
    let node = this.place.querySelector(`[data-n="${entry.n}"]`);
    if (!node) {
      node = document.createElement("div");
      node.dataset.n = entry.n;
      node.className = `entry ${entry.kind}`;
      this.place.append(node);
      if (entry.kind === "typed") this.remember(entry.text);
    }
    (this[entry.kind] || this.text)(node, entry);
    if (entry.html) this.furnish(node);
  }

  text(node, { text }) { node.replaceChildren(pre(text)); }

  typed(node, { text }) {
    const lines = text.split("\n"), block = pre(text);
    if (lines.length > 1) block.replaceChildren(...lines.map((line) => { // as errors count them
      const row = document.createElement("span");
      row.className = "line";
      row.textContent = `${line}\n`;
      return row;
    }));
    node.replaceChildren(block);
  }

  output(node, { head, left, text }) {
    if (head === undefined) return node.replaceChildren(pre(text));
    const gap = document.createElement("p");
    gap.className = "place";
    gap.textContent = `… ${left.toLocaleString("en")} characters left out …`;
    node.replaceChildren(pre(head), ...(left ? [gap] : []), pre(text));
  }

  ran(node, { text }) { node.textContent = `The exercise, ${text}`; }

  reply(node, { html, mood }) {
    node.classList.add(mood);
    node.innerHTML = html;
  }

  picture(node, { html }) { node.innerHTML = html; }

  training(node, { text, curves, html, ended }) {
    const drawn = Object.entries(curves || {}).filter(([, curve]) => curve.length > 1);
    const done = document.createElement("div");
    done.innerHTML = html || "";
    node.replaceChildren(paragraph(ended || text), ...(drawn.length ? [chart(drawn)] : []), done);
  }

  remember(text) {
    if (this.lines[this.lines.length - 1] !== text) this.lines.push(text);
    this.at = this.lines.length;
  }

  // The line before or after the one that is shown; what is being written waits at the end.
  older(written) {
    if (!this.at) return null;
    if (this.at === this.lines.length) this.written = written;
    return this.lines[--this.at];
  }

  newer() {
    if (this.at === this.lines.length) return null;
    return ++this.at === this.lines.length ? this.written : this.lines[this.at];
  }
}

function pre(text) {
  const block = document.createElement("pre");
  block.textContent = text;
  return block;
}

function paragraph(text) {
  const block = document.createElement("p");
  block.textContent = text;
  return block;
}

// The curves of a training while it runs: each on a scale of its own, for only their course is to be seen.
function chart(curves) {
  const [width, height] = [400, 120], space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", `-4 -4 ${width + 8} ${height + 8}`);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", `Curves so far: ${curves.map(([name]) => name).join(", ")}`);
  curves.slice(0, colours.length).forEach(([, curve], number) => {
    const known = curve.filter((value) => value !== null), low = Math.min(...known), high = Math.max(...known);
    const line = document.createElementNS(space, "polyline");
    line.setAttribute("points", curve.map((value, step) => value === null ? "" :
      `${(step / (curve.length - 1) * width).toFixed(1)},${(height - (value - low) / (high - low || 1) * height).toFixed(1)}`).join(" "));
    line.setAttribute("class", `curve curve-${number}`);
    picture.append(line);
  });
  const figure = document.createElement("figure"), names = document.createElement("figcaption");
  names.replaceChildren(...curves.slice(0, colours.length).map(([name], number) => {
    const word = document.createElement("span");
    word.className = `name-${number}`;
    word.textContent = name;
    return word;
  }));
  figure.append(picture, names);
  return figure;
}
