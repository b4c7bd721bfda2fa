"use strict";
// Is an answer right? And if not, which mistake is it? `lessons.judging` says the same in Python, and a test holds the two
// against each other. What only the engine knows was written into the question ahead: the right numbers at its points, and
// what mistakes give there. A verdict's `said` is a list: texts, {typed} what is to be shown as it is, and the numbers of
// sentences that stand in the question.
const NUMBER = /[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/g;
const LITERAL = /^[-+−]?\s*(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/;
const MOST_TYPED = 4000;

const verdict = (kind, reason, ...said) => ({ kind, reason, said });
const wrong = (reason, ...said) => verdict("wrong", reason, ...said);
const unreadable = (...said) => verdict("unreadable", "", ...said);
const RIGHT = 0; // the sentence that praises

function answered(question, text, rules) {
  if (!text.trim()) return unreadable("There is nothing to read yet.");
  if ([...text].length > MOST_TYPED) return unreadable("That is too long for an answer.");
  return JUDGES[question.accept](question, text, rules);
}

// A sentence of a question: a piece, or what is said of two mistakes at once.
function unpacked(question, place) {
  const pieces = question.said[place];
  if (typeof pieces === "number") return question.pieces[pieces];
  const [one, other] = pieces.map((piece) => question.pieces[piece]);
  return (other === undefined ? rules.turned : rules.twice).replace("{}", () => one).replace("{}", () => other);
}

const right = () => verdict("right", "", RIGHT);
const JUDGES = {
  choice: judgeChoice, choices: judgeChoices, order: judgeOrder, step: judgeStep, shape: judgeShape, array: judgeArray,
  any: judgeScalar, number: judgeScalar, expression: judgeScalar,
};

// A number or a formula ------------------------------------------------------------------------------------------------

function judgeScalar(question, text, rules) {
  let given, here;
  text = plainNumber(text, question, rules);
  try {
    given = formula(text, question.names.slice(0, question.known));
    here = worth(given.tree, settingOf(question, 0));
  } catch (error) {
    if (error instanceof Unreadable) return unreadable("I cannot read that: ", { typed: error.message });
    if (error instanceof Undefined) return unreadable("That has no value here: ", { typed: error.message });
    throw error;
  }
  if (given.names.length && question.formula) return judgeFormula(question, given, here, rules);
  if (question.accept === "expression") {
    const indeed = agree(literal(text, here), question.right, rules) ? "That is its number here. " : "";
    return wrong("form", `${indeed}This question asks for a formula, one that is right for other numbers too.`);
  }
  return judgeNumber(question, text, here, rules);
}

function judgeNumber(question, text, here, rules) {
  const typed = literal(text, here);
  if (accept(typed, question.right, rules) || Math.abs(here - question.right) <= question.within) return right();
  for (const [number, said] of question.listed) if (number !== null && agree(typed, number, rules)) return wrong("listed", said);
  if (nearly(typed, question.right, rules)) return wrong("near", rules.near);
  const found = likeliest(question, typed, rules);
  if (found) return wrong("diagnosed", ...found);
  const turned = agree({ ...typed, number: -here }, question.right, rules) ? " The size is right; look at the sign." : "";
  return wrong("unknown", { typed: rules.no.replace("{}", () => text.trim()) }, turned);
}

function judgeFormula(question, given, here, rules) {
  const { at, points } = question.formula;
  const theirs = points.map((_, k) => tried(given.tree, settingOf(question, k + 1)));
  const counter = theirs.findIndex((number, k) => !same(number, at[k], rules));
  if (counter < 0) return right();
  for (const [, said, there] of question.listed) if (there && theirs.every((number, k) => same(number, there[k], rules))) return wrong("listed", said);
  if (new Set(theirs).size === 1) return judgeNumber(question, rounded(here, 15), here, rules); // a number with a name is a number
  const words = [...new Set([...given.names, ...question.formula.words])].slice(0, 5);
  const setting = settingOf(question, counter + 1);
  const shown = (number) => (Number.isNaN(number) ? "nothing" : rounded(number, 4));
  const where = words.map((name) => `${name} = ${shown(setting.get(name))}`).join(", ");
  const example = { typed: `At ${where} yours gives ${shown(theirs[counter])}; right would be ${shown(at[counter])}.` };
  if (same(here, question.right, rules)) return wrong("elsewhere", "With the lesson's numbers that is right, but only with these. ", example);
  const mine = tried(given.tree, settingOf(question, 0));
  const found = question.formula.mistakes.find(([numbers]) => same(mine, numbers[0], rules) && same(theirs[counter], numbers[counter + 1], rules));
  return found ? wrong("diagnosed", found[1], " ", example) : wrong("unknown", "Not quite. ", example);
}

// The names' numbers: the lesson's own, or at one of the points.
function settingOf(question, place) {
  const numbers = place ? question.formula.points[place - 1] : question.numbers;
  return new Map(question.names.map((name, k) => [name, numbers[k]]));
}

function tried(tree, setting) {
  try {
    return worth(tree, setting);
  } catch (error) {
    if (error instanceof Unreadable || error instanceof Undefined) return NaN;
    throw error;
  }
}

const same = (a, b, rules) => b !== null && close(a, b, rules.exact, rules.nought);

// A number as it was typed: its digits and decimals, if it is one and no arithmetic.
function literal(text, number) {
  const found = LITERAL.exec(text.trim());
  if (!found) return { number, literal: false, digits: 16, decimals: 0, pointed: false };
  const digits = (found[1] + found[2]).replace(/^0+/, "").length;
  return { number, literal: true, digits, decimals: found[2].length - Number(found[3] ?? 0), pointed: found[2] !== "" };
}

const said_digits = (typed) => (typed.literal ? typed.digits || 1 : 16);

function surely(typed, other, rules) {
  if (close(typed.number, other, rules.exact, rules.nought)) return true;
  if (!typed.literal) return close(typed.number, other, rules.close);
  return said_digits(typed) >= rules.sure && agree(typed, other, rules);
}

// The likeliest mistake that gives the number, and is no chance: the shorter a number, the fewer are tried.
function likeliest(question, typed, rules) {
  const digits = said_digits(typed), most = rules.tried[digits] ?? rules.most;
  for (const list of digits > rules.sure ? [question.mistakes, question.pairs] : [question.mistakes]) {
    const fitting = list.filter(([number, rank]) => rank <= most && surely(typed, number, rules));
    if (!fitting.length) continue;
    const places = new Set(fitting.map(([, , , place]) => place).filter((place) => place >= 0));
    const sure = places.size > 1 ? fitting.filter(([, , , place]) => place < 0) : fitting;
    const first = (sure.length ? sure : fitting)[0][2];
    const others = digits < rules.sure && new Set(fitting.map(([, , , , sentence]) => sentence)).size > 1;
    return others ? ["Several mistakes give this number; one of them: ", first] : [first];
  }
  return null;
}

// A choice, several, an order, a step ---------------------------------------------------------------------------------

const bare = (text) => {
  const plain = text.trim().replace(/^[`'"]+|[`'"]+$/g, "").replace(/[.`'"]+$/, "").toLowerCase().replace(/[*×]/g, "·").replace(/-/g, "−");
  return plain.replace(/(?<=[0-9])\s*x\s*(?=[0-9])/g, "·").replace(/\s*([·−+@/,()[\]])\s*/g, "$1");
};
const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

function chosen(choices, text) {
  const wanted = bare(text).replace(/^(?:option|choice|number|answer|no\.?|#)?\s*\(?([0-9]+)[).:]*$/i, "$1");
  if (/^\d+$/.test(wanted)) return choices[Number(wanted) - 1] ?? null;
  const inside = new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(wanted)}(?![\\p{L}\\p{N}_])`, "u");
  for (const fits of [(choice) => choice === wanted, (choice) => choice.startsWith(wanted), (choice) => inside.test(choice)]) {
    const found = choices.filter((choice) => fits(bare(choice)));
    if (found.length) return found.length === 1 ? found[0] : null;
  }
  const worthOf = (each) => (/^[-+−]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+−]?[0-9]+)?$/.test(each) ? Number(each.replaceAll("−", "-")) : NaN);
  const same = choices.filter((choice) => worthOf(bare(choice)) === worthOf(wanted));
  if (same.length) return same.length === 1 ? same[0] : null;
  const ordinal = rules.ordinals.indexOf(wanted.replace(/^the /, "").replace(/ one$/, ""));
  const place = ordinal >= 0 ? String(ordinal + 1) : inFigures(wanted);
  const shorter = place.replace(/^(?:the|it|a|an|only)\s+/, "");
  return /^\d+$/.test(place) || shorter !== wanted ? chosen(choices, shorter) : null;
}

function judgeChoice(question, text) {
  const choice = chosen(question.choices, text);
  if (choice === null) return unreadable(`Choose by number, 1 to ${question.choices.length}, or by the first letters.`);
  if (choice === question.right) return right();
  const listed = question.listed.find(([answer]) => answer === choice);
  return listed ? wrong("listed", listed[1]) : wrong("unknown", "No, that is not it.");
}

// What stands between choices: a comma or the like; also "and"; also spaces, which may stand in their texts as well.
const SEPARATORS = [/\s*[,;>→<&]\s*/, /\s*(?:[,;>→<&]|\band\b|\bthen\b)\s*/, /\s*(?:[,;>→<&]|\band\b|\bthen\b)\s*|\s+(?=\d)|(?<=\d)\s+/, /[\s,;>→<&]+/];

function picked(choices, text) {
  const plain = text.trim().replace(/^[[\](){}]+|[[\](){}]+$/g, "").replace(/['"]/g, "").trim();
  if (rules.all.includes(plain.toLowerCase()) && !choices.some((choice) => bare(choice).startsWith("all"))) return [...choices];
  const whole = covered(choices, plain);
  if (whole.length) return whole;
  for (const between of SEPARATORS) {
    let words = plain.split(between).filter(Boolean);
    if (words.length === 1 && /^\d+$/.test(words[0]) && words[0].length > String(choices.length).length) words = [...words[0]];
    const found = words.map((word) => chosen(choices, word));
    if (found.length && !found.includes(null)) return found;
  }
  const named = new Map(choices.map((choice) => [bare(choice), choice])); // zyx: nothing between them
  const letters = [...plain].map((letter) => named.get(bare(letter)));
  return letters.length && !letters.includes(undefined) ? letters : null;
}

// The choices whose whole texts follow one another here, whatever commas stand in them; none where more is said.
function covered(choices, text) {
  let rest = bare(text);
  if (/^[\d\s,;>]*$/.test(rest)) return [];
  const found = new Map(), length = (choice) => [...bare(choice)].length;
  for (const choice of [...choices].sort((a, b) => length(b) - length(a))) {
    const here = new RegExp(`(?<![\\p{L}\\p{N}_])${escaped(bare(choice))}(?![\\p{L}\\p{N}_])`, "u").exec(rest);
    if (!here) continue;
    found.set(here.index, choice);
    rest = rest.slice(0, here.index) + "\0".repeat(here[0].length) + rest.slice(here.index + here[0].length);
  }
  const order = [...found.keys()].sort((a, b) => a - b);
  return /^(?:[\s,;>→<&\0]|and|then)*$/.test(rest) ? order.map((place) => found.get(place)) : [];
}

const counted = (number) => ["no", "one", "two", "three", "four", "five"][number] ?? String(number);
const alike = (a, b) => a.length === b.length && a.every((each, k) => each === b[k]);
const alikeSets = (a, b) => a.size === b.size && [...a].every((each) => b.has(each));

function judgeChoices(question, text) {
  const found = picked(question.choices, text);
  if (!found) return unreadable(`Choose by numbers, 1 to ${question.choices.length}, all that you mean:  ${question.example}`);
  const given = new Set(found), wanted = new Set(question.right);
  if (alikeSets(given, wanted)) return right();
  for (const [answers, said] of question.listed) if (alikeSets(given, new Set(answers))) return wrong("listed", said);
  const missed = [...wanted].filter((each) => !given.has(each)).length;
  const fails = [...given].filter((each) => !wanted.has(each)).length;
  if (!fails) return wrong("unknown", `What you chose belongs, and ${counted(missed)} more.`);
  if (fails === given.size) return wrong("unknown", fails > 1 ? "No, none of these." : "No, that is not one of them.");
  return wrong("unknown", `Not quite: ${counted(fails)} of your ${given.size} ${fails === 1 ? "does" : "do"} not belong.`);
}

function judgeOrder(question, text) {
  const given = picked(question.choices, text), count = question.choices.length;
  if (!given || !alike([...given].sort(), [...question.choices].sort())) {
    return unreadable(`Put all ${count} in order by their numbers, each once, such as  ${question.example}`);
  }
  if (alike(given, question.right)) return right();
  for (const [answers, said] of question.listed) if (alike(given, answers)) return wrong("listed", said);
  const first = given.findIndex((each, k) => each !== question.right[k]);
  if (first === 0) return wrong("unknown", "No: another one comes first.");
  return wrong("unknown", first === 1 ? "The first one is right; what follows is not." : `The first ${counted(first)} are right; what follows is not.`);
}

function judgeStep(question, text) {
  const typed = /^(?:(?:(?!\p{Nd})[\p{L}\p{N}_][\p{L}\p{N}_]*?)\s*[=_[(]?\s*)?([-+−]?\d+)\s*[\])]?$/u.exec(inFigures(text).trim());
  if (!typed) return unreadable("I read a step as  3  or  t=3.");
  const given = BigInt(typed[1].replace("−", "-").replace("+", ""));
  if (given === BigInt(question.right)) return right();
  const listed = question.listed.find(([step]) => BigInt(step) === given);
  return listed ? wrong("listed", listed[1]) : wrong("unknown", `No, it is not ${given}.`);
}

// A shape, an array -----------------------------------------------------------------------------------------------------

const numeral = (text) => Number(text.replace("−", "-"));
const product = (numbers) => numbers.reduce((a, b) => a * b, 1);
const tuple = (sizes) => (sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(", ")})`);

function judgeShape(question, text, rules) {
  text = inFigures(text);
  if (text.replace(/[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|scalar|by|[()[\],;x×*\s]/g, "")) return unreadable(rules.meant.shape);
  const given = (text.match(NUMBER) ?? []).map(numeral);
  if (alike(given, question.right)) return right();
  for (const [sizes, said] of question.listed) if (alike(given, sizes)) return wrong("listed", said);
  const found = otherShape(question, given);
  return found >= 0 ? wrong("diagnosed", found) : wrong("unknown", "No, it has another shape.");
}

function judgeArray(question, text, rules) {
  let given;
  try {
    given = arrayTyped(text, new Map(Object.entries(question.names)));
  } catch (error) {
    if (error instanceof Unreadable) return unreadable("I cannot read that: ", { typed: error.message }, `. ${rules.meant.array}`);
    if (error instanceof Undefined) return unreadable("That has no value here: ", { typed: error.message });
    throw error;
  }
  const misshapen = shapeProblem(given.shape, question.shape), agreesHere = allAgree(given.cells, question.right, question, rules);
  if (agreesHere && !misshapen) return right();
  for (const [numbers, said, shape] of question.listed) {
    if (allAgree(given.cells, numbers, question, rules) && given.shape && alike(given.shape, shape)) return wrong("listed", said);
  }
  if (agreesHere) return wrong("shape", misshapen);
  const found = arrayMistake(question, given, rules);
  return found >= 0 ? wrong("diagnosed", found) : wrong("unknown", difference(question, given.cells, rules));
}

function allAgree(cells, numbers, question, rules) {
  if (cells.length !== numbers.length) return false;
  const within = Math.max(question.within, rounding(cells, numbers, rules));
  return numbers.every((number, k) => cellAgrees(cells[k], number, within, rules));
}

// How far a number may be off that is rounded to as many decimals as all others, two or more.
function rounding(cells, numbers, rules) {
  const decimals = Math.max(0, ...cells.map((each) => literal(each.text, 0)).filter((each) => each.literal).map((each) => each.decimals));
  const largest = Math.max(0, ...numbers.map((number) => Math.abs(number ?? 0)));
  return decimals >= 2 && largest >= 10 ** (1 - decimals) ? 0.5 * 10 ** -decimals * (1 + rules.exact) : 0;
}

function cellAgrees(cell, number, within, rules) {
  return number !== null && (accept(literal(cell.text, cell.number), number, rules) || Math.abs(cell.number - number) <= within);
}

function arrayMistake(question, given, rules) {
  const digits = given.cells.reduce((sum, each) => sum + said_digits(literal(each.text, each.number)), 0);
  if (digits < rules.sure && given.cells.length < rules.sure - 1) return -1;
  const fits = ([numbers, said, sizes]) => given.shape && alike(given.shape, sizes) && allAgree(given.cells, numbers, question, rules);
  return (question.mistakes.find(fits) ?? [null, -1])[1];
}

function otherShape(question, given) {
  const { named, transposed, arranged, vector } = question.shapes, wanted = question.right, told = [];
  if (alike(given, [...wanted].reverse())) told.push(transposed);
  told.push(...named.filter(([shape]) => alike(shape, given)).map(([, said]) => said));
  if (wanted.length > 1 && given.length && product(given) === product(wanted) && (given.includes(1) || given.length === 1)) told.push(arranged);
  const ascending = (numbers) => [...numbers].sort((a, b) => a - b);
  if (wanted.length === 1 && alike(ascending(given), [1, ...wanted])) told.push(vector);
  return told.find((said) => said >= 0) ?? -1;
}

function difference(question, cells, rules) {
  if (cells.length !== question.right.length) return `It has ${question.right.length} numbers; I read ${cells.length}.`;
  const within = Math.max(question.within, rounding(cells, question.right, rules));
  const near = (number, k) => cellAgrees(cells[k], number, within, rules) || nearly(literal(cells[k].text, cells[k].number), number, rules);
  if (question.right.every(near)) return rules.near;
  const first = question.right.findIndex((number, k) => !cellAgrees(cells[k], number, within, rules));
  return `Not yet: number ${first + 1} of ${question.right.length} is another one.`;
}

function shapeProblem(given, wanted) {
  if (!given) return "Its rows are not equally long.";
  if (alike(given, wanted)) return "";
  if (alike(given, [...wanted].reverse())) return `That has the shape ${tuple(given)}, the transpose of ${tuple(wanted)}.`;
  const example = { 1: "[1, 2, 3]", 2: "[[1, 2], [3, 4]]" }[wanted.length];
  const told = given.length !== wanted.length && example ? ` Such an array is typed  ${example}.` : "";
  return `It has the shape ${tuple(wanted)}; yours has ${tuple(given)}.${told}`;
}
