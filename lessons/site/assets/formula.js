"use strict";
// Formulas as learners type them, read and worked out. `autograd_tiny.learners.expression` says the same in Python, and a
// test holds the two against each other; `grammar` (names of functions, constants, words of Python) is written from it,
// `functions` from the engine's table.
class Unreadable extends Error {
  constructor(message) {
    const letters = [...message];
    super(letters.length <= 240 ? message : `${letters.slice(0, 160).join("")} … ${letters.slice(-70).join("")}`);
  }
}
class Undefined extends Error {}

const LONGEST = 4000, DEEPEST = 60, LISTED = 12;
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", LEVEL = "0123456789-";
const SIGNS = { "·": "*", "×": "*", "⋅": "*", "∗": "*", "∙": "*", "−": "-", "–": "-", "‒": "-", "÷": "/", "∕": "/", "√": " sqrt" };
const TOKEN = /(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?!\p{Nd})[\p{L}\p{N}_][\p{L}\p{N}_]*|\*\*|\/\/|[-+*/@(),^]|[\s\x1c-\x1f\x85]+/uy;
const INDEXED = /((?!\p{Nd})[\p{L}\p{N}_][\p{L}\p{N}_]*)\s*\[\s*([0-9]+(?:\s*,\s*[0-9]+)*)\s*\]/uy;
const IDENTIFIER = /^[\p{XID_Start}_][\p{XID_Continue}]*$/u;
const BETWEEN = ["*", "/", "**", "@"];
const STRAY = {
  "=": "only the right side is wanted", ".": "decimals are written 0.5", "[": "use ( )", "{": "use ( )",
  "//": "a division is written /", "%": "there is no remainder", "~": "a minus is written -",
};

const isName = (token) => /^[\p{XID_Start}_]/u.test(token);
const isNumber = (token) => /^(?:[0-9]|\..)/.test(token);
const ends = (token) => token === ")" || isName(token) || isNumber(token);
const begins = (token) => token === "(" || isName(token) || isNumber(token);
const shortened = (text) => ([...text].length <= 60 ? text : `${[...text].slice(0, 57).join("")}…`);

// The formula that a text spells, in these names: {source, names, tree}.
function formula(text, names) {
  const known = new Set(names);
  const spelled = tokensOf(text, known);
  const source = spelled.join("");
  const tree = treeOf(spelled, source, text.trim());
  const used = new Set();
  const collect = (node) => { if (node.kind === "name") used.add(node.name); node.parts.forEach(collect); };
  collect(tree);
  const free = [...new Set(spelled.filter((token) => used.has(token) && (!(token in grammar.constants) || known.has(token))))];
  for (const name of free) if (!known.has(name)) throw new Unreadable(nearest(name, known));
  return { source, names: free, tree };
}

function tokensOf(text, known) {
  if ([...text].length > LONGEST) throw new Unreadable(`a formula of ${[...text].length.toLocaleString("en")} characters is too long; at most ${LONGEST.toLocaleString("en")} are read`);
  const spelled = spelledOut(text, [...known].some((name) => name.includes("[")));
  const calls = (token) => Object.hasOwn(grammar.functions, token) && !known.has(token);
  const whole = [];
  let doubt = "";
  spelled.forEach((token, i) => {
    const before = i ? spelled[i - 1] : "(";
    if (BETWEEN.includes(token) && [...BETWEEN, "+", "-", "(", ","].includes(before)) throw new Unreadable(`something is missing before the sign ${token === "**" ? "^" : token}`);
    if (calls(token) && spelled[i + 1] !== "(") throw new Unreadable(`${token} is a function: ${token}(${spelled.slice(i + 1).find(isName) ?? "x"})?`);
    if (ends(before) && begins(token) && i && !(calls(before) && token === "(")) {
      const product = known.has(before) && token === "("; // w(w - 3): what is a name of a number is no function
      doubt ||= product ? "" : doubtOf(i > 1 ? spelled[i - 2] : "", before, token);
      whole.push("*");
    }
    whole.push(token);
  });
  const count = (sign) => whole.filter((token) => token === sign).length;
  if (doubt && count("(") === count(")")) throw new Unreadable(doubt.replaceAll("{fix}", () => whole.join("")));
  return whole;
}

function spelledOut(text, indices) {
  const powers = text.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+/g, (power) => `**(${[...power].map((sign) => LEVEL[RAISED.indexOf(sign)]).join("")})`);
  const plain = [...powers].map((sign) => SIGNS[sign] ?? sign).join("").normalize("NFKC");
  const spelled = [];
  let at = 0, depth = 0;
  while (at < plain.length) {
    TOKEN.lastIndex = INDEXED.lastIndex = at;
    const indexed = indices ? INDEXED.exec(plain) : null;
    const found = indexed ?? TOKEN.exec(plain);
    if (!found) throw new Unreadable(stray(String.fromCodePoint(plain.codePointAt(at))));
    const token = indexed ? `${indexed[1]}[${indexed[2].split(",").map((part) => part.trim()).join(", ")}]` : found[0];
    if (token in STRAY) throw new Unreadable(stray(token));
    at += found[0].length;
    depth += token === "(" ? 1 : token === ")" ? -1 : 0;
    if (depth > DEEPEST) throw new Unreadable(`parentheses more than ${DEEPEST} deep; write the formula in smaller pieces`);
    if (grammar.keywords.includes(token)) throw new Unreadable(`${token} is a word of Python, not a name in a formula`);
    if (isNumber(token) && !Number.isFinite(Number(token))) throw new Unreadable(`${token} is too large for a float`);
    if (token.trim()) spelled.push(token === "^" ? "**" : token.replace(/^0+(?=[0-9])/, ""));
  }
  return spelled;
}

function doubtOf(twoBefore, before, token) {
  if (isName(before)) {
    const near = token === "(" && [...before].length > 1 ? closest(before, Object.keys(grammar.functions), 0.7) : undefined;
    return near === undefined ? "a sign is missing: {fix}?" : `there is no function ${before}; ${near}(…)?`;
  }
  if (isNumber(token)) return "a sign is missing: {fix}?";
  if (isNumber(before) && (twoBefore === "/" || (twoBefore === "**" && isName(token)))) {
    const sign = twoBefore === "**" ? "^" : "/";
    return `${sign}${before}${token} can be read in two ways: write ${sign}(${before}*${token} …) or {fix}`;
  }
  return "";
}

function stray(token) {
  const shown = token === "'" ? '"\'"' : token === "\\" ? "'\\\\'" : `'${token}'`;
  return `${shown} has no place in a formula (${STRAY[token] ?? "it has numbers, names, + - * / ^ and ( )"})`;
}

function nearest(name, known) {
  const letters = [...name], isKnown = (letter) => known.has(letter);
  if (letters.length > 1 && letters.every(isKnown)) return `there is no ${name} here; ${letters.join("*")}?`;
  const near = closest(name, [...known, ...Object.keys(grammar.functions)], 0.6);
  const whole = [...known].filter((each) => !each.includes("["));
  const listed = whole.slice(0, LISTED).join(", ") + (whole.length > LISTED ? ", …" : "");
  return `there is no ${name} here; ` + (near === undefined ? `known: ${listed || "no names"}` : `${near}?`);
}

// The most similar of the words, as Python's difflib finds it: twice the letters in common blocks, by all letters.
function closest(word, words, cutoff) {
  let best, highest = -1;
  for (const each of words) {
    const ratio = similarity([...each], [...word]);
    if (ratio >= cutoff && (ratio > highest || (ratio === highest && later(each, best)))) [best, highest] = [each, ratio];
  }
  return best;
}

function later(a, b) {
  const [first, second] = [[...a], [...b]];
  for (let i = 0; i < Math.min(first.length, second.length); i++) {
    const difference = first[i].codePointAt(0) - second[i].codePointAt(0);
    if (difference) return difference > 0;
  }
  return first.length > second.length;
}

function similarity(a, b) {
  const total = a.length + b.length;
  return total ? (2 * matching(a, b, 0, a.length, 0, b.length)) / total : 1;
}

function matching(a, b, alo, ahi, blo, bhi) {
  let [besti, bestj, size] = [alo, blo, 0], lengths = new Map();
  for (let i = alo; i < ahi; i++) {
    const longer = new Map();
    for (let j = blo; j < bhi; j++) {
      if (b[j] !== a[i]) continue;
      const k = (lengths.get(j - 1) ?? 0) + 1;
      longer.set(j, k);
      if (k > size) [besti, bestj, size] = [i - k + 1, j - k + 1, k];
    }
    lengths = longer;
  }
  if (!size) return 0;
  return size + matching(a, b, alo, besti, blo, bestj) + matching(a, b, besti + size, ahi, bestj + size, bhi);
}

// The tree: sums of products of signs of powers of what is in brackets, called or named ------------------------------------

function treeOf(spelled, source, text) {
  if (!source) throw new Unreadable("there is no formula; write one, for example  3*w**2 - 6*w");
  let at = 0;
  const places = [];
  spelled.reduce((place, token) => (places.push(place), place + token.length), 0);
  const end = () => places[at - 1] + spelled[at - 1].length;
  const refuse = () => { throw new SyntaxError(); };
  const node = (kind, parts, from, to, more) => ({ kind, parts, text: source.slice(from, to), from, to, ...more });
  const binary = (inner, signs) => () => {
    let left = inner();
    while (signs.includes(spelled[at])) {
      const sign = spelled[at++], right = inner();
      left = node("between", [left, right], left.from, right.to, { sign });
    }
    return left;
  };
  const primary = () => {
    const from = places[at], token = spelled[at++];
    if (token === undefined) refuse();
    if (token === "(") {
      const inside = listed();
      if (spelled[at++] !== ")") refuse();
      return { ...inside, from, to: end() };
    }
    if (isNumber(token)) return node("number", [], from, end(), { number: Number(token) });
    if (!token.includes("[") && !IDENTIFIER.test(token)) refuse();
    if (spelled[at] !== "(") return node("name", [], from, end(), { name: token });
    at++;
    const given = [];
    while (spelled[at] !== ")") {
      given.push(sum());
      if (spelled[at] === ",") at++;
      else if (spelled[at] !== ")") refuse();
    }
    at++;
    return node("call", given, from, end(), { name: token });
  };
  const listed = () => { // what stands in brackets, or is the whole: one formula, or several with commas
    const from = places[at] ?? source.length;
    if (spelled[at] === ")") return node("several", [], from, from);
    const first = sum();
    if (spelled[at] !== ",") return first;
    const all = [first];
    while (spelled[at] === ",") {
      at++;
      if (spelled[at] === ")" || at === spelled.length) break;
      all.push(sum());
    }
    return node("several", all, from, end());
  };
  const power = () => {
    const base = primary();
    if (spelled[at] !== "**") return base;
    at++;
    const exponent = factor();
    return node("between", [base, exponent], base.from, exponent.to, { sign: "**" });
  };
  const factor = () => {
    if (spelled[at] !== "+" && spelled[at] !== "-") return power();
    const from = places[at], sign = spelled[at++], operand = factor();
    return node("sign", [operand], from, operand.to, { sign });
  };
  const term = binary(factor, ["*", "/", "@"]), sum = binary(term, ["+", "-"]);
  let tree;
  try {
    tree = listed();
    if (at < spelled.length) refuse();
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    throw new Unreadable(`${shortened(text)} is not a formula${remedy(source)}`);
  }
  const waiting = [tree];
  for (const each of waiting) { // it grows while it is read
    if (each.kind === "several") throw new Unreadable(`${shortened(text)}: one formula, please (decimals take a point: 0.5, not 0,5)`);
    if (each.kind === "call") checkArguments(each.name, each.parts.length);
    waiting.push(...each.parts);
  }
  return tree;
}

function checkArguments(name, given) {
  if (!Object.hasOwn(grammar.functions, name)) throw new Unreadable(`${shortened(name)} is not a function`);
  const wanted = functions[grammar.functions[name]].letters.length;
  if (given !== wanted) throw new Unreadable(`${name} takes ${wanted} argument${wanted > 1 ? "s" : ""}, as in ${name}(${[..."xy"].slice(0, wanted).join(", ")}); ${given} given`);
}

function remedy(source) {
  const missing = source.split("(").length - source.split(")").length;
  if (missing) return `: ${Math.abs(missing)} '${missing < 0 ? ")" : "("}' too many`;
  return /[-+*/@]\s*(\)|$)/.test(source) ? ": something is missing after a sign" : "; one reads like  3*w**2 - 6*w";
}

// Its number, where the names have these numbers --------------------------------------------------------------------------

function worth(node, numbers) {
  const [x, y] = node.parts.map((part) => worth(part, numbers));
  const impossible = (why) => new Unreadable(`${shortened(node.text)}: ${why}`);
  if (node.kind === "number") return node.number;
  if (node.kind === "name") return numbers.has(node.name) ? numbers.get(node.name) : grammar.constants[node.name];
  if (node.kind === "sign") return node.sign === "-" ? -x : x;
  if (node.kind === "call") return applied(grammar.functions[node.name], node.parts.length > 1 ? [x, y] : [x]);
  if (node.sign === "+") return x + y;
  if (node.sign === "-") return x - y;
  if (node.sign === "*") return x * y;
  if (node.sign === "@") throw new Unreadable("@ multiplies matrices and vectors; between numbers write *");
  if (node.sign === "/") {
    if (y === 0) throw impossible("division by zero");
    return x / y;
  }
  if (x === 1 || y === 0 || (x === -1 && !Number.isFinite(y) && !Number.isNaN(y))) return 1;
  if (x === 0 && y < 0 && Number.isFinite(y)) throw impossible("division by zero");
  if (x < 0 && Number.isFinite(x) && Number.isFinite(y) && !Number.isInteger(y)) throw impossible("a root of a negative number is not real");
  const result = x ** y;
  if (!Number.isFinite(result) && Number.isFinite(x) && Number.isFinite(y)) throw impossible("too large for a float");
  return result;
}

function applied(name, given) {
  const { letters, value, inside, within, words } = functions[name];
  const result = value(...given);
  const lost = Number.isNaN(result) && !given.some(Number.isNaN);
  const overflows = Math.abs(result) === Infinity && given.every(Number.isFinite);
  if (!lost && !overflows) return result;
  const shown = (among) => letters.map((letter, k) => `${letter} = ${printed(given[k])}`).filter((_, k) => among.includes(letters[k])).join(", ");
  if (inside && !inside(...given)) throw new Undefined(`${name}: ${shown(within)}: defined for ${words}`);
  if (overflows) throw new Undefined(`${name}: ${shown(letters)}: the result is too large for a float; scale the inputs down`);
  throw new Undefined(`${name}: ${shown(letters)}: ∞ − ∞ or the like is no number; give 1e30, not ∞, for what is large`);
}

// Numbers as Python prints them --------------------------------------------------------------------------------------------

// The shortest digits that mean this number: 1000.0, 1e+16.
function printed(number) {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
  const [digits, power] = Math.abs(number).toExponential().split("e");
  const sign = number < 0 || Object.is(number, -0) ? "-" : "", exponent = Number(power);
  if (exponent < -4 || exponent >= 16) return `${sign}${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return sign + placed(digits.replace(".", ""), exponent) + (exponent >= digits.replace(".", "").length - 1 ? ".0" : "");
}

// So many significant digits, without zeros at the end: 0.1966, 1.5e-07.
function rounded(number, count) {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
  if (number === 0) return Object.is(number, -0) ? "-0" : "0";
  let [digits, exponent] = halfEven(Math.abs(number), count);
  digits = digits.replace(/(?!^)0+$/, "");
  const sign = number < 0 ? "-" : "";
  if (exponent >= -4 && exponent < count) return sign + placed(digits, exponent);
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function placed(digits, exponent) {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0"), part = digits.slice(exponent + 1);
  return part ? `${whole}.${part}` : whole;
}

// Digits and exponent; what lies exactly between two goes to the even one, as in Python.
function halfEven(number, count) {
  const [exact, power] = number.toExponential(100).split("e");
  const all = exact.replace(".", ""), rest = all.slice(count);
  let digits = BigInt(all.slice(0, count)), exponent = Number(power);
  const half = "5".padEnd(rest.length, "0");
  if (rest > half || (rest === half && digits % 2n === 1n)) digits += 1n;
  let text = String(digits);
  if (text.length > count) [text, exponent] = [text.slice(0, count), exponent + 1];
  return [text, exponent];
}
