"use strict";
// Is a typed number right? And if not, which mistake gives it? Every number and every sentence was written ahead, in Python,
// where `autograd_tiny.agreement` says the same; here they are only compared.
function judge(text, question, rules) {
  const typed = read(text);
  if (!typed) return { kind: "unreadable", message: "Type a number, such as −0.25 or 1/3." };
  const agrees = (other) => agree(typed, other, rules);
  const [gradient] = question.right;
  const mistake = question.wrong.find(([other]) => agrees(other));
  const unseen = !mistake && Math.abs(typed.number - gradient) <= question.slack * (1 + rules.nought); // it would be printed the same
  if (question.right.some((right) => accept(typed, right, rules)) || unseen) return { kind: "right", message: "Right." };
  if (nearly(typed, gradient, rules)) return { kind: "near", message: rules.near };
  return { kind: "wrong", message: mistake ? mistake[1] : rules.no.replace("{}", () => text.trim()) };
}

// A number or a fraction of two; `decimals` and `digits` are those of a number as it was typed.
function read(text) {
  const plain = text.replace(/[−–]/g, "-").replace(/\s+/g, "").replace(/^=/, "");
  const found = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)(?:\/([-+]?(?:\d+\.?\d*|\.\d+)))?$/i.exec(plain);
  if (!found) return null;
  const number = Number(found[1]) / Number(found[2] ?? 1);
  if (!Number.isFinite(number)) return null;
  const [, whole, part, power] = /^[-+]?(\d*)\.?(\d*)(?:e(.*))?$/i.exec(found[1]);
  const digits = (whole + part).replace(/^0+/, "").length, decimals = part.length - Number(power ?? 0);
  return { number, digits, decimals, literal: found[2] === undefined, pointed: part !== "" };
}

function agree(typed, other, rules) {
  if (close(typed.number, other, rules.exact, rules.nought)) return true;
  if (!typed.literal) return close(typed.number, other, rules.worked);
  if (!Number.isInteger(other) && close(typed.number, other, rules.close)) return true;
  return typed.digits >= 2 && rounds(typed, other) && close(typed.number, other, rules.rounded);
}

function accept(typed, wanted, rules) {
  if (agree(typed, wanted, rules)) return true;
  if (Number.isInteger(wanted) || !typed.literal || typed.digits < 2) return false;
  const twoDigits = Math.abs(Number(wanted.toPrecision(2)) - wanted);
  return Math.abs(typed.number - wanted) <= Math.min(twoDigits, rules.rounded * Math.abs(wanted)) * (1 + rules.exact);
}

function nearly(typed, wanted, rules) {
  if (Number.isInteger(typed.number) && Number.isInteger(wanted)) return false;
  const oneDigit = typed.literal && typed.pointed && typed.number !== 0 && rounds(typed, wanted);
  return oneDigit || close(typed.number, wanted, rules.rounded);
}

function close(a, b, relative, absolute = 0) {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return a === b;
  return Math.abs(a - b) <= Math.max(relative * Math.max(Math.abs(a), Math.abs(b)), absolute);
}

function rounds(typed, other) {
  return Math.abs(typed.number - other) <= 0.5 * 10 ** -typed.decimals * (1 + 1e-9);
}
