// Numbers as pictures print them: with a true minus sign, never zero where they are not, never a row of digits.
const figures = {
  number(x, precision) {
    if (Number.isNaN(x)) return "NaN";
    if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
    if (typeof precision === "string") return figures.significant(x, parseInt(precision, 10));
    const size = Math.abs(x);
    if (size >= 1e6) return figures.power(x, precision > 1 ? 2 : 1);
    const rounded = figures.fixed(size, precision);
    if (size === 0 || Number(rounded)) return (x < 0 ? "−" : "") + rounded;
    return size >= 1e-4 ? (x < 0 ? "−" : "") + Number(size.toPrecision(1)) : figures.power(x, 0);
  },

  // Python rounds a number that lies between two to the even one, JavaScript to the larger.
  even(rounded, exact, digits) {
    const tail = exact.split("e")[0].split(".")[1].slice(digits);
    const mantissa = rounded.split("e")[0], odd = "13579".includes(mantissa.at(-1));
    if (!/^50*$/.test(tail) || !odd) return rounded;
    return mantissa.slice(0, -1) + (Number(mantissa.at(-1)) - 1) + rounded.slice(mantissa.length);
  },
  fixed: (size, digits) => figures.even(size.toFixed(digits), size.toFixed(digits + 60), digits),
  scientific: (size, digits) => figures.even(size.toExponential(digits), size.toExponential(digits + 60), digits),

  significant(x, digits) {
    const size = Math.abs(x), exponent = Number(figures.scientific(size, digits - 1).split("e")[1]);
    if (x && (exponent < -4 || exponent >= 6)) return figures.power(x, digits - 1);
    return (x < 0 ? "−" : "") + figures.fixed(size, Math.max(0, digits - 1 - exponent));
  },

  power(x, decimals) {
    let [digits, exponent] = figures.scientific(Math.abs(x), decimals).split("e");
    if (digits.includes(".")) digits = digits.replace(/0+$/, "").replace(/\.$/, "");
    return (x < 0 ? "−" : "") + digits + "e" + String(Number(exponent)).replace("-", "−");
  },

  // A number as one line, a small array as one per row.
  lines(x, precision) {
    if (!Array.isArray(x)) return [figures.number(x, precision)];
    const rows = Array.isArray(x[0]) ? x : [x];
    return rows.map((row) => "[" + row.map((each) => figures.number(each, precision)).join("  ") + "]");
  },
};
