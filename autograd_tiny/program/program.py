"""The program of a function: traced once, read in any dialect, run as often as you like."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_tiny.data import as_data
from autograd_tiny.errors import ShapeError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.gradients import gradients_or_zero
from autograd_tiny.program import tracing
from autograd_tiny.program.c import c_source
from autograd_tiny.program.c.runners import Arrays, Floats
from autograd_tiny.program.javascript import javascript_source
from autograd_tiny.program.lines import Code
from autograd_tiny.program.passes import Account, explained
from autograd_tiny.program.printing import source
from autograd_tiny.program.rolled.fitting import Lengths, Unrollable
from autograd_tiny.program.rolled.pages.source import PAGES, told
from autograd_tiny.program.rolled.pages.source import source as rolled_source
from autograd_tiny.program.rolled.running import Checkpointed, Loops, loops
from autograd_tiny.program.run.function import compiled, forward_only, in_place
from autograd_tiny.program.writing import Traced, traced
from autograd_tiny.value import Value

if TYPE_CHECKING:
    from autograd_tiny.program.rolled.native import Compiled

PAGE = 60  # straight lines


class Program:
    """A function and its gradient as straight-line code. Made by `trace`.

    `program(*inputs)` gives the value, `value_and_grad(*inputs)` the value and one gradient per input, as plain floats
    and arrays. Values that the function took from outside, such as the weights of a cell, are read anew at each call;
    `backward(*inputs)` adds to their `.grad`, as eager backpropagation would. Threads may share a program: they run
    it one at a time, because it computes in memory of its own; trace once for each thread to run side by side.

    >>> program = trace(lambda w: w**2 * (w - 3), 5.0)
    >>> program.value_and_grad(2.0)
    (-4.0, [0.0])
    """

    def __init__(self, traced: Traced, checkpoint: bool = False) -> None:
        self.checkpoint = checkpoint
        self.traced, self.function, self.captured = traced, traced.function, traced.captured
        self._several, self._shapes = traced.several, tuple(traced.inputs.values())
        self._one_at_a_time = RLock()

    @property
    def plain(self) -> Code:
        """The straight-line program word for word, before any pass."""
        return self.traced.plain

    @cached_property
    def code(self) -> Code:
        """The straight-line program."""
        return self.traced.code

    @property
    def account(self) -> tuple[Account, ...]:
        """What each pass did to the straight-line program."""
        return self.traced.account

    @cached_property
    def loops(self) -> Loops | str:
        """The program with loops over time steps, which runs at any length; or why there is none, in words."""
        try:
            kind = Checkpointed if self.checkpoint else Loops
            return loops(self.function, self.traced.examples, self.traced.names, self.traced.run, kind)
        except Unrollable as reason:
            return str(reason)

    # Reading ----------------------------------------------------------------------------------------------------------

    def source(self, dialect: str = "", rolled: bool | None = None) -> str:
        """The program as text: "python" (floats), "numpy", "torch", "jax", "c" or "javascript".

        It defines `program(*inputs)`, which returns the value and a list of gradients. Default: the dialect that runs.
        PyTorch makes its tensors on the default device: for a GPU, call `torch.set_default_device("cuda")` first.
        What repeats itself step after step, along any axis of the inputs, is written as a loop, for any number of
        steps, if the straight lines are more than a page (`rolled` True: in any case, or ProgramError says why not;
        False: never). Inputs may have lengths of their own: T steps, S and R.
        """
        rolled = True if self.checkpoint and rolled is None else rolled
        chosen = dialect or self.dialect
        if chosen == "c":
            repeats = bool(rolled) or (rolled is None and self._repeats_in_c)
        else:
            repeats = bool(rolled) or (rolled is None and (dialect or "numpy") in PAGES and self._is_more_than_a_page())
        if repeats and isinstance(self.loops, Loops):
            return self._in_c(self.loops) if chosen == "c" else rolled_source(self.loops, dialect or "numpy")
        if rolled:
            raise tracing.ProgramError(f"source: there is no loop in it: {self.loops}")
        if chosen == "javascript":
            return javascript_source(self.code)
        return c_source(self.code, self.plain) if chosen == "c" else source(self.code, chosen)

    def _in_c(self, loops: Loops) -> str:
        return _compiled(loops).source(loops.lengths(self._zeros))

    @property
    def _zeros(self) -> list[Any]:
        """Inputs of the traced shapes."""
        return [np.zeros(shape) for shape in self._shapes]

    @property
    def _repeats_in_c(self) -> bool:
        """Whether C is written in loops: what is more than a page takes a compiler long."""
        scalar, is_short = self.traced.scalar, self.traced.is_short
        longer = self.traced.is_long or (not scalar and (not is_short or len(self.code.lines) > PAGE))
        return longer and isinstance(self.loops, Loops)

    @property
    def dialect(self) -> str:
        """The dialect that runs: "python" if all numbers are floats, else "numpy"."""
        return "python" if self.code.scalar else "numpy"

    def _is_more_than_a_page(self) -> bool:
        return self.traced.is_long or len(self.code.lines) > PAGE

    def explain(self) -> str:
        """What each pass over the recorded lines did, which products became one; and what repeats itself in a loop."""
        straight = [] if self._goes_in_loops else [explained(self.account, self.code)]
        repeated = isinstance(self.loops, Loops) or self._is_more_than_a_page()
        return "\n".join([*straight, *([told(self.loops, self._traced_lengths)] if repeated else [])])

    @property
    def _goes_in_loops(self) -> bool:
        """Whether it runs in loops at the traced length, too: what is long takes long to write straight."""
        return (self.traced.is_long or self.checkpoint) and isinstance(self.loops, Loops)

    @property
    def _traced_lengths(self) -> Lengths:
        made = self.loops
        return made.lengths(self._zeros) if isinstance(made, Loops) else ()

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", "a function")
        size = "in loops" if self._goes_in_loops else f"{len(self.code.lines)} lines"
        return f"<Program of {name}({', '.join(self.traced.names)}): {size}>"

    # Running ----------------------------------------------------------------------------------------------------------

    def __call__(self, *inputs: Any) -> Any:
        """The value (a tuple of values if the function returned several), without gradients."""
        with self._one_at_a_time:
            return self.run_with(inputs, forward=True)[0]

    def value_and_grad(self, *inputs: Any) -> tuple[Any, list[Any]]:
        """The value, and the gradient of the (first) value by each input that is not whole numbers."""
        with self._one_at_a_time:
            values, gradients = self.run_with(inputs)
            own = gradients[: len(gradients) - len(self.captured)]
            return values, list(map(_plain, own))

    def backward(self, *inputs: Any) -> Any:
        """The value; the values that the function took from outside get their gradients added to `.grad`.

        A gradient that arrives where none was (after `zero_grad`) lies in memory that the next call uses again.
        """
        with self._one_at_a_time:
            before = [_plain(leaf.grad) if leaf.has_grad else None for leaf in self.captured]
            values, gradients = self.run_with(inputs)
            arrived = map(_number, gradients[len(gradients) - len(self.captured) :])
            for leaf, earlier, gradient in zip(self.captured, before, arrived, strict=True):
                leaf._grad = gradient if earlier is None else earlier + gradient
        return values

    def deliver(self, places: Mapping[Value, Any]) -> None:
        """Let `backward` write gradients straight into these arrays: an optimiser's, by captured value."""
        if self._goes_in_loops and isinstance(self.loops, Loops):
            self.loops.deliver(places)
            return
        first = len(self.code.gradients) - len(self.captured)
        names = self.code.gradients[first:]
        wanted = {name: places[leaf] for name, leaf in zip(names, self.captured, strict=True) if leaf in places}
        if self.dialect == "numpy" and not self.code.guards and len(set(names)) == len(names):
            self._whole = in_place(self.code, wanted)

    def run_with(self, inputs: tuple[Any, ...], forward: bool = False) -> tuple[Any, list[Any]]:
        """Check the inputs and run what is made for their shapes; gradients lie where it left them."""
        numbers = self._checked(inputs)
        lengths = self._lengths(numbers)
        made = self.loops if lengths else None
        if isinstance(made, Loops):
            function = made.at(lengths, forward)
            program = self._in_captured_order(function, len(numbers))
        else:
            program = self._forward if forward else self._whole
        if self.captured:
            numbers = [*numbers, *[leaf._data for leaf in self.captured]]
        try:
            with nullcontext() if not lengths and self.code.scalar else self._noticing():
                values, gradients = program(*numbers)
        except (ArithmeticError, ValueError) as error:
            raise self._worded(inputs, error) from None
        sure = isinstance(made, Loops) and not made.may_be_infinite(function, numbers, self._flagged)
        return self._results(inputs, values, gradients, bool(lengths), sure)

    def _results(
        self, inputs: tuple[Any, ...], values: Any, gradients: list[Any], looped: bool, sure: bool
    ) -> tuple[Any, list[Any]]:
        """The numbers as they are handed out, if all of them are finite; `sure`: the gradients are."""
        if gradients and not looped and self.code.single:
            gradients = [
                _single(g) if is_single else g for g, is_single in zip(gradients, self.code.rounded, strict=True)
            ]
        if not looped and self.code.single_precision:
            values = tuple(map(_single, values if isinstance(values, tuple) else (values,)))
        values = values if isinstance(values, tuple) else (values,)
        if not (math.isfinite(values[0]) and (sure or (all_finite(gradients) if looped else self._finite(gradients)))):
            self._eagerly(inputs)
        results = [_plain(number) for number in values]
        return tuple(results) if self._several else results[0], gradients

    def _lengths(self, numbers: Sequence[Any]) -> Lengths:
        """For how many steps a program with loops is to run; () where the straight one does."""
        if not self._goes_in_loops and self._are_of_traced_shapes(numbers):
            return ()
        made = self.loops
        lengths = made.lengths(numbers) if isinstance(made, Loops) else ()
        if not lengths and not self._are_of_traced_shapes(numbers):
            raise self._misfit(numbers)
        return lengths

    def _are_of_traced_shapes(self, numbers: Sequence[Any]) -> bool:
        return tuple([getattr(x, "shape", ()) for x in numbers]) == self._shapes

    def _in_captured_order(self, program: Callable[..., Any], given: int) -> Callable[..., Any]:
        """What was captured, in the order of this program and not in that of the loops."""
        places = self._taken
        if not places:
            return program

        def ordered(*numbers: Any) -> Any:
            values, gradients = program(*numbers[:given], *[numbers[given + k] for k in places])
            own = len(gradients) - len(places)
            return values, [*gradients[:own], *[gradients[own + places.index(k)] for k in range(len(places))]]

        return ordered

    @cached_property
    def _taken(self) -> list[int]:
        """Where the loops' captured values stand among this program's; empty: they stand alike."""
        of = {id(leaf): k for k, leaf in enumerate(self.captured)}
        places = [of[id(leaf)] for leaf in self.loops.code.taken] if isinstance(self.loops, Loops) else []
        return [] if places == list(range(len(self.captured))) else places

    def _noticing(self) -> Any:
        """No warning from NumPy, whatever the process wants to hear of; but its flags are noticed."""
        self._flagged = False
        return np.errstate(over="call", divide="call", invalid="call", under="ignore", call=self._notice)

    def _notice(self, *_: Any) -> None:
        self._flagged = True

    def _finite(self, gradients: Sequence[Any]) -> bool:
        """Whether all gradients are finite; without a flag they are."""
        return not (self.code.scalar or self._flagged) or all_finite(gradients)

    def _worded(self, inputs: tuple[Any, ...], error: Exception) -> Exception:
        """What went wrong, in the engine's words: the same inputs run eagerly."""
        if "when traced" in str(error):
            return tracing.ProgramError(
                f"{error}: trace again for such inputs, or write where(…) or maximum instead of the branch"
            )
        try:
            self._eagerly(inputs)
        except ValueError as worded:
            return worded
        return error

    def _eagerly(self, inputs: tuple[Any, ...]) -> None:
        """Run the function itself, which has words for what is outside a domain."""
        run = tracing.record(self.function, inputs, self.traced.names)
        gradients_or_zero(run.outputs[0], [*(x for x in run.inputs if isinstance(x, Value)), *self.captured])

    def _checked(self, inputs: tuple[Any, ...]) -> Sequence[Any]:
        """The inputs as numbers."""
        names = self.traced.names
        if len(inputs) != len(names):
            raise TypeError(f"program: {len(inputs)} inputs given, expected {len(names)}: {', '.join(names)}")
        if set(map(type, inputs)) == {float}:
            return inputs
        return list(map(self._number, names, inputs))

    def _number(self, name: str, given: Any) -> Any:
        if name not in self.traced.whole:
            return as_data(given._data if isinstance(given, Value) else given)
        number = np.asarray(given)
        if number.dtype.kind not in "iu":
            raise TypeError(f"program: {name} is {number.dtype}, traced with whole numbers")
        return number

    def _misfit(self, numbers: Sequence[Any]) -> ShapeError:
        """Which input has another shape, and what that would need."""
        name, shape, number = next(
            (name, shape, x)
            for (name, shape), x in zip(self.traced.inputs.items(), numbers, strict=True)
            if np.shape(x) != shape
        )
        return ShapeError(
            f"program: {name} has shape {np.shape(number)}, traced with {shape}; trace again for another shape"
        )

    @cached_property
    def _whole(self) -> Callable[..., Any]:
        return compiled(self.code, self.dialect)

    @cached_property
    def _forward(self) -> Callable[..., Any]:
        return compiled(forward_only(self.code), self.dialect)

    def __getstate__(self) -> dict[str, Any]:
        """What a copy has in common with the program: it computes in memory of its own."""
        return {
            name: x
            for name, x in vars(self).items()
            if name not in ("_one_at_a_time", "_whole", "_forward", "_taken", "loops")
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _one_at_a_time=RLock())

    def native(self) -> Native:
        """The program compiled by this machine's C compiler; ProgramError says what stands in the way.

        It computes in doubles; where all arrays are of float32, in floats.
        """
        from autograd_tiny.program.c.native import runner  # only who compiles needs what speaks to a compiler

        if not self.checkpoint and not self._repeats_in_c:
            return Native(self.traced, runner(self.code, self.source("c")))
        made = Native(self.traced, None, self.loops, self.checkpoint)
        if isinstance(made.loops, Loops):  # now, so that whoever has no compiler hears of it now
            made.loops.at(made.loops.lengths(self._zeros))
        return made


class Native(Program):
    """A compiled program with the manners of the program it was made from; made by `Program.native`.

    At another length than the traced one its loops are compiled for that length, when it is met first; without a
    `runner` they are for the traced length, too.
    """

    def __init__(
        self, traced: Traced, runner: Floats | Arrays | None, loops: Loops | str = "", checkpoint: bool = False
    ) -> None:
        super().__init__(traced, checkpoint)
        self._plain_loops = loops  # those of the program that this was made from, if it had looked for them
        self._direct: list[type] | None = None
        self.runner = runner
        if runner is not None:
            self._whole = self._forward = runner
            simple = self.code.scalar and not self.captured and not self._several
            self._direct = [float] * len(self.code.inputs) if simple else None  # of these nothing is to be checked

    @cached_property
    def loops(self) -> Loops | str:
        """The loops, each length compiled."""
        plain = self._plain_loops or Program(self.traced, self.checkpoint).loops
        return _compiled(plain) if isinstance(plain, Loops) else plain

    @property
    def _goes_in_loops(self) -> bool:
        return self.runner is None

    @property
    def dialect(self) -> str:
        """What runs is C."""
        return "c"

    def value_and_grad(self, *inputs: Any) -> tuple[Any, list[Any]]:
        """The value and the gradients; plain floats go straight to C and back."""
        if self.runner is not None and list(map(type, inputs)) == self._direct:
            (value,), gradients = self.runner(*inputs)
            if -math.inf < value < math.inf and math.isfinite(sum(gradients)):
                return value, gradients
        return super().value_and_grad(*inputs)

    def _noticing(self) -> Any:
        """Nothing of NumPy's runs; the processor's flags are asked for afterwards."""
        self._flagged = False
        return nullcontext()

    def _finite(self, gradients: Sequence[Any]) -> bool:
        return self.runner is None or not self.runner.flagged or all_finite(gradients)

    def batch(self, rows: Any) -> tuple[Any, Any]:
        """Many inputs at once: rows (n, number of inputs) to values (n,) and gradients (n, number of inputs)."""
        if not isinstance(self.runner, Floats):
            raise tracing.ProgramError("batch: this program takes arrays; trace it with one more axis for the batch")
        given = np.ascontiguousarray(rows, float)
        wanted = len(self.code.inputs)
        if given.ndim != 2 or given.shape[1] != wanted:
            raise tracing.ProgramError(f"batch: expected rows of {wanted} inputs, (n, {wanted}); got {given.shape}")
        outside = np.array([leaf._data for leaf in self.captured])
        results = self.runner.rows(np.hstack([given, np.broadcast_to(outside, (len(given), len(outside)))]))
        count = len(self.code.values)
        return results[:, 0] if count == 1 else results[:, :count], results[:, count : count + wanted]

    def deliver(self, places: Mapping[Value, Any]) -> None:
        """Let `backward` write gradients straight into these arrays: an optimiser's, by captured value."""
        if isinstance(self.loops, Loops) and self.runner is None:
            self.loops.deliver(places)
        elif isinstance(self.runner, Arrays):
            first = len(self.code.values) + len(self.code.inputs) - len(self.code.whole)
            for k, leaf in enumerate(self.captured, first):
                if leaf in places:
                    self.runner.deliver(k, places[leaf])

    def native(self) -> Native:
        """This program: it is compiled already."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy is made from a copy of the lines: what runs cannot be copied itself."""
        return Program.native, (Program(self.traced, self.checkpoint),)

    def __repr__(self) -> str:
        return f"<compiled {super().__repr__()}>"


def _compiled(loops: Loops) -> Compiled:
    """The loops, each length compiled when it is first met."""
    from autograd_tiny.program.rolled.again import CompiledWindows  # only who compiles needs these
    from autograd_tiny.program.rolled.native import Compiled

    return CompiledWindows(loops.recorded) if isinstance(loops, Checkpointed) else Compiled(loops.recorded)


def _plain(number: Any) -> Any:
    """A float, or an array of at least one axis that nobody else holds: the program's own are used again."""
    return number.copy() if isinstance(number, np.ndarray) and number.ndim else float(number)


def all_finite(numbers: Sequence[Any]) -> bool:
    """Whether floats and arrays hold finite numbers only."""
    return all(bool(np.isfinite(x).all()) if isinstance(x, np.ndarray) else math.isfinite(x) for x in numbers)


def _single(number: Any) -> Any:
    """An array in float32, whatever it was computed in."""
    return number.astype(np.float32, copy=False) if isinstance(number, np.ndarray) and number.ndim else number


def _number(number: Any) -> Any:
    return number if isinstance(number, np.ndarray) and number.ndim else float(number)


@annotated
def trace(f: Callable[..., Any], *example_inputs: Any, checkpoint: bool = False) -> Program:
    """Record f once and write it, with its gradient, as a straight-line program.

    f takes one Value per example (whole-number arrays stay arrays, and only index) and returns a scalar Value, or a
    tuple that begins with one. Other calls must have the same shapes. A branch on a Value's number is guarded: the
    program raises ProgramError when the answer differs from that at tracing; `where(x > 0, …)` follows the numbers; a
    branch on the bare `x.data` goes unseen. Random numbers and numbers taken out of
    the graph are refused. f runs twice.

    `checkpoint`: what f repeats at each of T steps is computed once more on the way back, in windows of √T steps, so
    that the loops keep of the order of √T states and not T (`explain` tells how many), also in C; ProgramError
    without a loop.

    >>> program = trace(lambda x, y: x * y + x, 2.0, 3.0)
    >>> program.value_and_grad(2.0, 3.0)
    (8.0, [4.0, 2.0])
    >>> print(program.source("python"), end="")
    def program(x, y):
        # forward
        z = x * y + x
        # backward
        dz_dx = 1
        dz_dx += y
        return z, [dz_dx, x]
    """
    if not callable(f):
        raise TypeError(f"trace: expected a function, got {type(f).__name__}")
    program = Program(traced(f, example_inputs), checkpoint)
    if checkpoint and isinstance(program.loops, str):
        raise tracing.ProgramError(f"trace: checkpoint: there is no loop to compute once more: {program.loops}")
    return program
