// Small arrays for the JavaScript dialect: {shape, data}, the numbers row by row; a number stands for itself.
// A program brings those of these functions that it uses.

function array(nested, shape) {
    const data = [nested].flat(Infinity);
    if (data.length !== size_of(shape)) throw new Error(`${data.length} numbers given, expected shape (${shape})`);
    return {shape, data};
}

function nested(x) {
    const rows = (shape, data) => {
        const [n, ...rest] = shape, width = size_of(rest);
        return rest.length ? counted(n, width).map(start => rows(rest, data.slice(start, start + width))) : [...data];
    };
    return rows(x.shape, x.data);
}

function array_of(shape, data) {
    return shape.length ? {shape, data} : data[0];
}

function shape_of(x) {
    return x.shape ?? [];
}

function data_of(x) {
    return x.shape ? x.data : [x];
}

function size_of(shape) {
    return shape.reduce((n, k) => n * k, 1);
}

// How many numbers lie between two neighbours along each axis.
function strides(shape) {
    return shape.map((_, k) => size_of(shape.slice(k + 1)));
}

// 0, step, 2·step …: n places along an axis.
function counted(n, step) {
    return Array.from({length: n}, (_, k) => k * step);
}

// Where the numbers of an array lie, given how far each axis leads: every view is made by this.
function all_places(axes) {
    return axes.reduce((all, axis) => all.flatMap(place => axis.map(step => place + step)), [0]);
}

// Where each number of an array of shape `to` lies in one of shape `from` that is repeated to fill it.
function repeated_places(from, to) {
    const stride = strides(from), extra = to.length - from.length;
    return all_places(to.map((n, k) => counted(n, k < extra || from[k - extra] === 1 ? 0 : stride[k - extra])));
}

function broadcast_to(x, shape) {
    return array_of(shape, repeated_places(shape_of(x), shape).map(place => data_of(x)[place]));
}

function common_shape(shapes) {
    const axes = Math.max(...shapes.map(shape => shape.length));
    const longest = k => shapes.map(shape => shape[k - axes + shape.length]).find(n => n !== undefined && n !== 1) ?? 1;
    return counted(axes, 1).map(longest);
}

// A function of numbers as a function of arrays that are repeated to one shape.
function each(f) {
    return (...xs) => {
        if (!xs.some(x => x.shape)) return f(...xs);
        const shape = common_shape(xs.map(shape_of)), columns = xs.map(x => broadcast_to(x, shape).data);
        return {shape, data: counted(size_of(shape), 1).map(k => f(...columns.map(column => column[k])))};
    };
}

function reduced_over(x, axis, f, start, keepdims) {
    const shape = shape_of(x), axes = [axis ?? counted(shape.length, 1)].flat().map(k => k < 0 ? k + shape.length : k);
    const kept = shape.map((n, k) => axes.includes(k) ? 1 : n), data = Array(size_of(kept)).fill(start);
    repeated_places(kept, shape).forEach((place, k) => { data[place] = f(data[place], data_of(x)[k]); });
    return array_of(keepdims ? kept : shape.filter((_, k) => !axes.includes(k)), data);
}

function sum(x, axis, keepdims) {
    return reduced_over(x, axis, (a, b) => a + b, 0, keepdims);
}

function amax(x, axis, keepdims) {
    return reduced_over(x, axis, (a, b) => Math.max(a, b), -Infinity, keepdims);
}

function mean(x, axis) {
    const total = sum(x, axis);
    return divide(total, size_of(shape_of(x)) / size_of(shape_of(total)));
}

function logsumexp(x, axis) {
    const top = amax(x, axis, true), total = log(sum(exp(subtract(x, top)), axis));
    return add(total, reshape(top, shape_of(total)));
}

function winners(x, z, axis) {
    const won = equal(x, z);
    return divide(won, sum(won, axis, true));
}

function zeros(shape) {
    return array_of(shape, Array(size_of(shape)).fill(0));
}

function arange(n) {
    return {shape: [n], data: counted(n, 1)};
}

function copy(x) {
    return array_of(shape_of(x), [...data_of(x)]);
}

function reshape(x, shape) {
    const data = data_of(x), known = size_of(shape.filter(n => n >= 0));
    return array_of(shape.map(n => n < 0 ? data.length / known : n), data);
}

function transpose(x, axes) {
    const shape = shape_of(x), stride = strides(shape), order = axes ?? counted(shape.length, 1).reverse();
    const from = all_places(order.map(k => counted(shape[k], stride[k])));
    return array_of(order.map(k => shape[k]), from.map(place => data_of(x)[place]));
}

function swapaxes(x, a, b) {
    const axes = counted(shape_of(x).length, 1), [i, j] = [axes.at(a), axes.at(b)];
    return transpose(x, axes.map(k => k === i ? j : k === j ? i : k));
}

function concatenate(xs, axis) {
    const shape = [...xs[0].shape], k = axis < 0 ? axis + shape.length : axis, data = [];
    shape[k] = xs.reduce((n, x) => n + x.shape[k], 0);
    const stride = strides(shape);
    let start = 0;
    for (const x of xs) {
        all_places(x.shape.map((n, a) => counted(n, stride[a]))).forEach((place, i) => { data[start + place] = x.data[i]; });
        start += x.shape[k] * stride[k];
    }
    return {shape, data};
}

function stack(xs, axis) {
    const shape = [...shape_of(xs[0])];
    shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, 1);
    return concatenate(xs.map(x => reshape(x, shape)), axis);
}

function flip(x, axis) {
    const n = shape_of(x).length;
    return take(x, [...Array((axis + n) % n).fill(slice(null, null)), slice(null, null, -1)]);
}

function outer(x, y) {
    return multiply(reshape(x, [-1, 1]), reshape(y, [-1]));
}

// A product of (stacks of) matrices; a vector counts as a row on the left, as a column on the right.
function matmul(x, y) {
    const row = shape_of(x).length === 1, column = shape_of(y).length === 1;
    const a = row ? reshape(x, [1, -1]) : x, b = column ? reshape(y, [-1, 1]) : y, all = slice(null, null);
    const z = sum(multiply(take(a, ["...", null]), take(b, ["...", null, all, all])), -2);
    return take(z, ["...", row ? 0 : all, column ? 0 : all]);
}

function array_equal(x, y) {
    return String(shape_of(x)) === String(shape_of(y)) && data_of(x).every((number, k) => number === data_of(y)[k]);
}

function slice(start, stop, step) {
    return {start, stop, step: step ?? 1, ends: true};
}

// Which of n places a slice names.
function within_slice({start, stop, step}, n) {
    const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
    const end = (k, otherwise) => k === null ? otherwise : Math.min(Math.max(k < 0 ? k + n : k, low), high);
    const first = end(start, step > 0 ? low : high), last = end(stop, step > 0 ? high : low);
    return counted(Math.max(0, Math.ceil((last - first) / step)), step).map(k => first + k);
}

// A mask as whole numbers, one array for each of its axes.
function nonzero(mask) {
    const stride = strides(mask.shape), won = counted(mask.data.length, 1).filter(k => mask.data[k]);
    return mask.shape.map((n, a) => ({shape: [won.length], data: won.map(k => Math.floor(k / stride[a]) % n)}));
}

// The part that an index names (numbers, slices, null for a new axis, "...", arrays): its shape, and where it lies.
function part_at(shape, index) {
    const given = index.flatMap(p => typeof p?.data?.[0] === "boolean" ? nonzero(p) : [p]);
    const all = Array(shape.length - given.filter(p => p !== null && p !== "...").length).fill(slice(null, null));
    const parts = given.includes("...") ? given.flatMap(p => p === "..." ? all : [p]) : [...given, ...all];
    const stride = strides(shape), axes = [], arrays = [];
    let k = 0, position = 0;
    for (const p of parts) {
        const n = shape[k], step = stride[k];
        if (p === null) axes.push({shape: [1], steps: [0]});
        else if (p.ends) axes.push({shape: [within_slice(p, n).length], steps: within_slice(p, n).map(at => at * step)});
        else {
            if (!arrays.length) position = axes.length;
            arrays.push(each(at => (at < 0 ? at + n : at) * step)(p));
        }
        if (p !== null) k += 1;
    }
    const chosen = arrays.length ? arrays.reduce((a, b) => each((i, j) => i + j)(a, b)) : 0;
    const named = given.flatMap((p, at) => p === null || p === "..." || p.ends ? [] : [at]);
    const together = named.every((at, i) => at === named[0] + i);  // else their axes come first
    axes.splice(together ? position : 0, 0, {shape: shape_of(chosen), steps: data_of(chosen)});
    return {shape: axes.flatMap(axis => axis.shape), places: all_places(axes.map(axis => axis.steps))};
}

function take(x, index) {
    const named = part_at(shape_of(x), index);
    return array_of(named.shape, named.places.map(place => data_of(x)[place]));
}

// Writes row k of an array, in place.
function put(x, k, row) {
    const width = size_of(x.shape.slice(1));
    data_of(broadcast_to(row, x.shape.slice(1))).forEach((number, i) => { x.data[k * width + i] = number; });
}

// Adds to a part, in place; what the index names twice receives both.
function add_at(x, index, y) {
    const named = part_at(x.shape, index), given = data_of(broadcast_to(y, named.shape));
    named.places.forEach((place, k) => { x.data[place] += given[k]; });
}

function scatter(x, index, shape) {
    const z = zeros(shape);
    add_at(z, index, x);
    return z;
}
