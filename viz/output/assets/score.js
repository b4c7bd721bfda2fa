// A picture whose numbers are computed anew: `song` says what the program takes, and where its numbers stand.
const program = (() => {
$program
return program;
})();
$figures
const score = (stage, song) => {
  const { leaves, controls } = song;
  const number = (x) => figures.number(x, song.precision);
  const nested = ([n, ...rest], data) => {
    if (n === undefined) return data[0];
    const width = data.length / n;
    return Array.from({ length: n }, (_, k) => nested(rest, data.slice(k * width, (k + 1) * width)));
  };

  // All numbers, and the gradient by each slider's.
  function compute(state) {
    const data = leaves.map((leaf) => [...leaf.data]);
    controls.forEach(({ leaf, place }, k) => { data[leaf][place] = state[k]; });
    const [numbers, gradients] = program(...leaves.map((leaf, k) => nested(leaf.shape, data[k])));
    const flat = gradients.map((gradient) => [gradient].flat(Infinity));
    return { numbers: Array.isArray(numbers) ? numbers : [numbers], slopes: controls.map(({ leaf, place }) => flat[leaf][place]) };
  }

  // The last piece of each text is its number; outside of it there may be room for what it was before.
  const parts = song.wires.flatMap(({ id, texts, ghosts }) => {
    const texted = (what) => Array.from(stage.querySelectorAll("#" + CSS.escape(id + "." + what) + " > text"));
    const piece = (text) => text.lastElementChild ?? text;
    const found = [];
    const above = texted("value"), below = texted("gradient");
    if (texts.value) found.push({ place: texts.value[0], rows: above.slice(-texts.value[1]).map(piece), ghost: ghosts && above[0] });
    if (texts.gradient) {
      const [place, rows] = texts.gradient;
      found.push({ place, rows: below.slice(0, rows).map(piece), ghost: ghosts && below[rows] });
      if (texts.running && below.length > rows + ghosts) found.push({ place: texts.running[0], rows: below.slice(-1).map(piece) });
    }
    if (texts.local) found.push({ place: texts.local[0], rows: texted("local").slice(-1).map(piece) });
    return found;
  });
  for (const { ghost } of parts) if (ghost) { ghost.classList.add("ghost"); ghost.setAttribute("aria-hidden", "true"); }

  // Writes the numbers into the picture; of those that are covered all but `open` are a question.
  function write(answer, before, open) {
    for (const { place, rows, ghost } of parts) {
      const lines = figures.lines(answer.numbers[place], song.precision), hidden = open && !open.has(place);
      rows.forEach((row, k) => { row.textContent = hidden ? "?" : lines[k]; });
      if (!ghost) continue;
      const was = before ? number(before.numbers[place]) : "";
      ghost.textContent = was !== lines[0] || hidden ? was : "";
    }
  }
  return { compute, write };
};
