"use strict";
// Numbers as learners write them: in words, in percent, with their thousands set apart; and whole arrays of them.
// `lessons.judging.numbers` says the same in Python, and a test holds the two against each other; `spoken` (the words of
// numbers) is written from it.
const ANY_WORD = [...Object.keys(spoken.small), ...Object.keys(spoken.large), ...Object.keys(spoken.parts), ...spoken.inside]
  .sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).join("|");
const UNTOUCHED = "(?<![\\p{L}\\p{N}_.])", AT_END = "(?![\\p{L}\\p{N}_])";
const SPOKEN = new RegExp(
  `${UNTOUCHED}(?:(?:${Object.keys(spoken.signs).join("|")})\\s+)?(?:[0-9]+\\s+)?(?:${ANY_WORD})(?:[\\s-]+(?:${ANY_WORD}))*${AT_END}`, "giu");
const SIGNED = new RegExp(`(?<![\\p{L}\\p{N}_])(${Object.keys(spoken.signs).join("|")})\\s+(?=[0-9.(])`, "giu");
const VULGAR = new RegExp(`${UNTOUCHED}([0-9]*)\\s*([¼-¾⅐-⅞])`, "gu");
const PERCENT = /^([-+−]?)\s*(?:([0-9]+)\.?([0-9]*)|\.([0-9]+))\s*(?:%|per\s?cent)$/i;
const GROUPED = new RegExp(`${UNTOUCHED}[1-9][0-9]{0,2}(?:[${spoken.apart}][0-9]{3})+${AT_END}`, "gu");

// An answer as a formula has it: 40% is 0.40, or 40 where percent are asked for; 1,860 is 1860 where that is meant.
function plainNumber(text, question, rules) {
  text = inFigures(text.replace(/^[^=]*[^=\s][^=]*=(?=[^=]*[^=\s][^=]*$)/, ""), new Set(question.names.slice(0, question.known))).trim();
  if (/^[-+−]?[1-9][0-9]{0,2}(?: [0-9]{3})+(?:\.[0-9]*)?$/.test(text)) return text.replaceAll(" ", "");
  if (Math.abs(question.right) >= rules.grouped && /^[-+−]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?$/.test(text)) return text.replaceAll(",", "");
  const hundredths = PERCENT.exec(text);
  if (!hundredths) return text;
  const [, sign, whole = "", behind, alone] = hundredths, part = behind || alone || "";
  if (question.percent) return part ? `${sign}${whole}.${part}` : `${sign}${whole}`;
  const wide = whole.padStart(3, "0");
  return `${sign}${wide.slice(0, -2)}.${wide.slice(-2)}${part}`;
}

// A text with its numbers in figures: five is 5, one half 1/2, 2½ is 5/2; a word that is one of the names is no number.
function inFigures(text, names = new Set()) {
  const alone = text.trim();
  const bracketed = (figures, whole) => (whole || !figures.includes("/") ? figures : `(${figures})`);
  const inWords = (found) => {
    const words = found.toLowerCase().split(/[\s-]+/);
    if (grammar.keywords.includes(found) || words.some((word) => !spoken.inside.includes(word) && names.has(word))) return found;
    return bracketed(figuresOf(words), found === alone) || found;
  };
  const vulgar = (found, whole, part) => {
    const [above, below] = part.normalize("NFKC").split("⁄").map(Number);
    return bracketed(`${Number(whole) * below + above}/${below}`, found === alone.replace(/^[-+−]+/, ""));
  };
  const apart = new RegExp(`[${spoken.apart}]`, "gu");
  const signs = (found, word) => spoken.signs[word.toLowerCase()];
  return text.replace(SPOKEN, inWords).replace(VULGAR, vulgar).replace(SIGNED, signs).replace(GROUPED, (found) => found.replace(apart, ""));
}

// The figures of a number in words; "" where they are none.
function figuresOf(all) {
  const signed = Object.hasOwn(spoken.signs, all[0]), sign = signed ? spoken.signs[all[0]] : "", words = signed ? all.slice(1) : all;
  const point = words.indexOf("point");
  if (point >= 0) {
    const before = point ? wholeNumber(words.slice(0, point)) : 0;
    const digits = words.slice(point + 1).map((word) => spoken.ones.slice(0, 10).indexOf(word));
    return before === null || !digits.length || digits.includes(-1) ? "" : `${sign}${before}.${digits.join("")}`;
  }
  if (Object.hasOwn(spoken.parts, words.at(-1) ?? "")) return spokenFraction(sign, words.slice(0, -1), spoken.parts[words.at(-1)]);
  const number = wholeNumber(words);
  return number === null ? "" : `${sign}${number}`;
}

// So many of these parts: half, a half, two thirds, two and a half.
function spokenFraction(sign, count, below) {
  let whole = 0;
  const and = count.indexOf("and");
  if (and >= 0) [whole, count] = [wholeNumber(count.slice(0, and)), count.slice(and + 1)];
  const above = ["", "a", "an"].includes(count.join(" ")) ? 1 : wholeNumber(count);
  return whole === null || above === null ? "" : `${sign}${whole * below + above}/${below}`;
}

// Seventeen, forty-two, three hundred and five, 28 thousand.
function wholeNumber(words) {
  for (const [name, size] of Object.entries(spoken.large)) {
    const place = words.indexOf(name);
    if (place < 0) continue;
    const before = words.slice(0, place), after = words.slice(place + 1);
    const many = ["", "a"].includes(before.join(" ")) ? 1 : wholeNumber(before);
    const rest = after.length ? wholeNumber(after.slice(after[0] === "and" ? 1 : 0)) : 0;
    return many === null || rest === null || rest >= size ? null : many * size + rest;
  }
  if (words.length === 1) return /^[0-9]+$/.test(words[0]) ? Number(words[0]) : Object.hasOwn(spoken.small, words[0]) ? spoken.small[words[0]] : null;
  if (words.length === 2 && spoken.tens.includes(words[0]) && spoken.ones.indexOf(words[1]) > 0 && spoken.ones.indexOf(words[1]) < 10) {
    return spoken.small[words[0]] + spoken.small[words[1]];
  }
  return null;
}

// Arrays: brackets, and between them commas, semicolons or spaces. As in a matrix of MATLAB, [1 -2] are two numbers and
// [1 - 2] is one.

// The array that a text spells, its numbers being formulas in these names: {cells: [{text, number}], shape}.
function arrayTyped(text, setting) {
  const plain = inFigures(text, new Set(setting.keys())).replace(/(?<![\p{L}\p{N}_])(?:np\.|numpy\.)?array\(/gu, "(");
  const tree = arrayTree(plain), names = [...setting.keys()];
  const cells = [tree].flat(Infinity).map((cell) => ({ text: cell, number: worth(formula(cell, names).tree, setting) }));
  return { cells, shape: arrayShape(tree) };
}

function arrayTree(text) {
  let depth = 0;
  for (const letter of text) {
    depth += "([{".includes(letter) - ")]}".includes(letter);
    if (depth > DEEPEST) throw new Unreadable(`brackets more than ${DEEPEST} deep`);
  }
  const items = arrayItems(text);
  return items.length === 1 ? items[0] : items;
}

// What stands side by side in a text: its rows, or its numbers.
function arrayItems(text) {
  const rows = arraySplit(text, ";");
  if (rows.length > 1 || text.trim().endsWith(";")) {
    return rows.map(arrayItems).map((row) => (row.length === 1 && Array.isArray(row[0]) ? row[0] : row));
  }
  return arraySplit(text, ",").flatMap((piece) => arraySplit(piece, " ")).map(arrayItem);
}

// One thing between separators: an array in brackets, or a number; (5) and (1 + 2) are numbers.
function arrayItem(text) {
  if (!"([{".includes(text[0]) || closedAt(text)[0] !== text.length - 1) return text;
  const inside = arrayItems(text.slice(1, -1));
  return text[0] === "(" && inside.length === 1 ? inside[0] : inside;
}

// Where the brackets that are open nowhere else are closed.
function closedAt(text) {
  const places = [];
  let depth = 0;
  for (const [place, letter] of [...text.split("").entries()]) {
    depth += "([{".includes(letter) - ")]}".includes(letter);
    if (depth < 0) throw new Unreadable(`there is a '${letter}' too many`);
    if (")]}".includes(letter) && !depth) places.push(place);
  }
  if (depth) throw new Unreadable("a bracket is not closed");
  return places;
}

// The pieces of a text between separators that stand in no bracket; spaces beside a sign separate nothing.
function arraySplit(text, separator) {
  closedAt(text);
  const pieces = [];
  let begin = 0, depth = 0;
  text.split("").forEach((letter, place) => {
    depth += "([{".includes(letter) - ")]}".includes(letter);
    let ends = separator === "," ? ",;".includes(letter) : letter === separator;
    if (separator === " ") ends = text.slice(place, place + 2) === "][" || (/\s/.test(letter) && !insideFormula(text, place));
    if (!ends || depth) return;
    pieces.push(text.slice(begin, place + (letter === "]")));
    begin = place + 1;
  });
  return [...pieces, text.slice(begin)].map((piece) => piece.trim()).filter(Boolean);
}

// Whether a space stands within a formula: after a sign, or before one that has a space behind it, too.
function insideFormula(text, place) {
  return /[-+−*/^·×÷@(]$/.test(text.slice(0, place).trimEnd()) || /^(?:[*/^·×÷@]|[-+−](?=\s))/.test(text.slice(place).trimStart());
}

// The shape of such a tree; null where its rows are not equally long.
function arrayShape(tree) {
  if (!Array.isArray(tree)) return [];
  const shapes = tree.map(arrayShape);
  if (shapes.includes(null) || shapes.some((shape) => !alike(shape, shapes[0]))) return null;
  return [tree.length, ...(shapes[0] ?? [])];
}
