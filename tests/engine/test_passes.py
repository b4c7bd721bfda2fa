"""The passes over straight-line code, line by line: what each rewrites, what it leaves alone, and its account."""

from dataclasses import replace

import pytest

from autograd_tiny.program.lines import Code, Guard, Line
from autograd_tiny.program.passes import (
    LONGEST_LINE,
    MOST_NAMES,
    PASSES,
    SHOWN,
    account,
    dead,
    explained,
    passes_for,
    regular,
)
from tests.engine.passing import code

REWRITES = {each.name: each.rewrite for each in PASSES}
Z = Line("z", "sum({0})", ("x",))


def after(name: str, program: Code) -> list[str]:
    """The lines after one pass."""
    return list(map(str, REWRITES[name](program).lines))


@pytest.mark.parametrize("name", ["copies", "common"])
def test_where_nothing_repeats_the_program_is_the_same(name: str) -> None:
    program = code([Line("v1", "exp({0})", ("x",)), Line("z", "{0} + {1}", ("v1", "x"))], [], (), x=())
    assert REWRITES[name](program) is program


@pytest.mark.parametrize(("name", "text", "of"), [("copies", "{0}", "x"), ("common", "exp({0})", "v0")])
def test_another_name_of_the_same_is_replaced_everywhere(name: str, text: str, of: str) -> None:
    forward = [Line("v0", "exp({0})", ("x",)), Line("v1", text, ("x",)), Line("v2", "log({0})", ("v1",))]
    program = code(
        [*forward, Line("v3", text, ("x",))], [Line("dz_dx", "{0} * {1}", ("v3", "v2"))], ("dz_dx", "v3"), x=()
    )
    guarded = replace(program, guards=(Guard("{0} > {1}", ("v3", "x"), True),))
    found = REWRITES[name](guarded)
    assert list(map(str, found.lines)) == ["v0 = exp(x)", f"v2 = log({of})", f"dz_dx = {of} * v2"]
    assert (found.values, found.gradients) == ((of,), ("dz_dx", of))
    assert found.guards == (Guard("{0} > {1}", (of, "x"), True),)


def test_what_follows_from_the_same_is_the_same() -> None:
    forward = [Line(f"v{k}", "exp({0})", ("x",)) for k in (1, 2)] + [
        Line(f"w{k}", "log({0})", (f"v{k}",)) for k in (1, 2)
    ]
    program = code([*forward, Line("z", "{0} * {1}", ("w1", "w2"))], [], (), x=())
    assert after("common", program) == ["v1 = exp(x)", "w1 = log(v1)", "z = w1 * w1"]
    copied = code([Line("v1", "{0}", ("x",)), Line("v2", "{0}", ("v1",)), Line("z", "exp({0})", ("v2",))], [], (), x=())
    assert after("copies", copied) == ["z = exp(x)"]


def test_what_grows_is_not_the_same_as_what_it_began_with() -> None:
    back = [Line("g", "{0}", ("x",)), Line("g", "{0}", ("y",), adds=True), Line("d", "-{0}", ("g",))]
    assert after("copies", code([Z], back, ("d",), x=()))[1:] == ["g = x", "g += y", "d = -g"]
    back = [
        Line("g", "{0} * {0}", ("x",)), Line("w", "{0} * {0}", ("x",)), Line("g", "{0}", ("w",), adds=True),
        Line("d", "{0} * {0}", ("x",)),
    ]  # fmt: skip
    assert after("common", code([Z], back, ("g", "w", "d"), x=()))[1:] == ["g = x * x", "w = x * x", "g += w"]


# Transposes -----------------------------------------------------------------------------------------------------------


def turned(*lines: Line) -> list[str]:
    return after("transposes", code([*lines], [], (), A=(2, 3), B=(2, 3)))


@pytest.mark.parametrize("turn", ["{0}.T", "transpose({0}, (1, 0))", "copy(transpose({0}, (1, 0)))"])
def test_a_transposed_product_is_the_product_the_other_way_round(turn: str) -> None:
    for text, becomes in (("{0}.T @ {1}", "B.T @ A"), ("outer({0}, {1})", "outer(B, A)")):
        product, turning = Line("v1", text, ("A", "B"), (3, 3)), Line("z", turn, ("v1",), (3, 3))
        assert turned(product, turning)[1] == f"z = {becomes}"


def test_only_a_whole_product_is_turned() -> None:
    product, more = Line("v1", "{0}.T @ {1}", ("A", "B"), (3, 3)), Line("v1", "{0}", ("C",), (3, 3), adds=True)
    assert turned(product, more, Line("z", "{0}.T", ("v1",)))[2] == "z = v1.T"
    assert turned(Line("v1", "{0} + {1}", ("A", "B")), Line("z", "{0}.T", ("v1",)))[1] == "z = v1.T"
    assert turned(product, Line("z", "sum({0})", ("v1",)))[1] == "z = sum(v1)"
    assert turned(product, Line("w", "{0}.T", ("v1", "i"), (3, 3), part="{1}"))[1] == "w[i] += v1.T"


def test_only_the_transpose_of_all_is_undone() -> None:
    turning, product = Line("v1", "{0}.T", ("A",), (3, 2)), Line("z", "{0} @ {1}.T", ("C", "v1"))
    assert turned(turning, product)[-1] == "z = C @ A"
    assert turned(turning, Line("v1", "{0}", ("D",), adds=True), product)[-1] == "z = C @ v1.T"
    assert turned(turning, Line("A", "{0}", ("D",), adds=True), product)[-1] == "z = C @ v1.T"
    assert turned(turning, Line("z", "{0} @ {1}", ("C", "v1")))[-1] == "z = C @ v1"


# Dead code ------------------------------------------------------------------------------------------------------------


def test_what_a_result_or_a_question_depends_on_is_kept_in_its_order() -> None:
    forward = [Line(f"v{k}", "exp({0})", (f"v{k - 1}" if k > 1 else "x",)) for k in range(1, 5)]
    forward += [Line("q", "log({0})", ("x",)), Line("z", "{0} * 2", ("v2",))]
    back = [Line("d1", "{0} * {1}", ("v3", "x")), Line("d2", "-{0}", ("d1",)), Line("d3", "-{0}", ("d2",))]
    program = code(forward, back, ("d2",), x=())
    kept = ["v1 = exp(x)", "v2 = exp(v1)", "v3 = exp(v2)", "z = v2 * 2", "d1 = v3 * x", "d2 = -d1"]
    assert after("dead", program) == kept
    asked = replace(program, guards=(Guard("{0} > 0", ("q",), True),))
    assert after("dead", asked) == [*kept[:3], "q = log(x)", *kept[3:]]
    assert list(map(str, dead(program, ["v2"]).lines)) == kept[:2]


# Constants ------------------------------------------------------------------------------------------------------------


def folded(*lines: Line, back: tuple[Line, ...] = ()) -> list[str]:
    return after("constants", code([*lines], [*back], (), x=()))


def test_a_whole_number_stays_one_among_numbers_and_is_a_float_among_arrays() -> None:
    two = Line("v1", "2")
    assert folded(two, Line("z", "{0} * {1}", ("v1", "x")))[1] == "z = 2 * x"
    assert folded(two, Line("z", "{0} * {1}", ("v1", "x"), (3,)))[1] == "z = 2.0 * x"
    assert folded(two, Line("v2", "-{0}", ("v1",)), Line("z", "{0} / {1}", ("x", "v2")))[2] == "z = x / -2"


def test_what_is_left_of_a_line_keeps_its_order() -> None:
    known = Line("v1", "2")
    line = Line("z", "{2} * {0} + {1} / {3}", ("v1", "a", "b", "c"))
    assert folded(known, line)[1] == "z = b * 2 + a / c"


def test_what_is_not_known_for_good_is_read_by_its_name() -> None:
    for first in (Line("v1", "-0.0"), Line("v1", "2.0", shape=(2,)), Line("v1", "zeros((2,))", shape=(2,))):
        assert folded(first, Line("z", "{0} * {1}", ("v1", "x")))[1] == "z = v1 * x"
    assert folded(Line("v1", "inf"), Line("z", "{0} * {1}", ("v1", "x")))[1] == "z = v1 * x"
    growing = (Line("d", "1"), Line("d", "{0}", ("x",), adds=True), Line("e", "{0} * {1}", ("d", "x")))
    assert folded(Z, back=growing)[1:] == ["d = 1", "d += x", "e = d * x"]


def test_a_line_without_constants_is_left_as_it_is() -> None:
    lines = (Line("v1", "2"), Line("w", "{0}", ("x", "i"), (3,), part="{1}"))
    assert folded(Z, back=lines)[1:] == ["v1 = 2", "w = zeros((3,))", "w[i] += x"]


def test_what_becomes_another_name_of_an_array_is_copied_before_more_is_added() -> None:
    back = (
        Line("one", "1"), Line("d", "{0} * {1}", ("one", "g"), (3,)), Line("d", "{0}", ("y",), (3,), adds=True),
    )  # fmt: skip
    assert folded(Z, back=back)[1:] == ["one = 1", "d = copy(g)", "d += y"]


# Inlining -------------------------------------------------------------------------------------------------------------


def inlined(*lines: Line, back: tuple[Line, ...] = (), gradients: tuple[str, ...] = ()) -> list[str]:
    return after("inline", code([*lines], [*back], gradients, x=()))


def test_a_line_is_written_in_its_place_in_another() -> None:
    inner = Line("v1", "{0} - {1}", ("a", "b"))
    assert inlined(inner, Line("z", "{0} * {1} / {2}", ("c", "v1", "d"))) == ["z = c * (a - b) / d"]
    assert inlined(inner, Line("v2", "exp({0})", ("c",)), Line("z", "{0} * {1}", ("v2", "v1"))) == [
        "z = exp(c) * (a - b)"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "reader",
    [
        Line("z", "{0} * {0}", ("v1",)), Line("z", "where({0} > 0, {1}, 0.0)", ("x", "v1")),
        Line("z", "-{0}", ("v1",)),
    ],
    ids=str,
)  # fmt: skip
def test_what_would_be_computed_twice_or_only_sometimes_or_read_as_a_decrement_stays(reader: Line) -> None:
    assert inlined(Line("v1", "-{0}", ("x",)), reader)[0] == "v1 = -x"


def test_what_has_a_label_or_another_reader_stays() -> None:
    inner, reader = Line("v1", "exp({0})", ("x",)), Line("z", "log({0})", ("v1",))
    assert inlined(inner, reader) == ["z = log(exp(x))"]
    assert inlined(Line("dz_dv1", "exp({0})", ("x",)), Line("z", "log({0})", ("dz_dv1",))) == ["z = log(exp(x))"]
    assert inlined(inner, reader, gradients=("v1",))[0] == "v1 = exp(x)"
    assert inlined(inner, Line("z", "log({0})", ("x",)), back=(Line("d", "-{0}", ("v1",)),))[0] == "v1 = exp(x)"
    asked = replace(code([inner, reader], [], (), x=()), guards=(Guard("{0} > 0", ("v1",), True),))
    assert after("inline", asked)[0] == "v1 = exp(x)"
    assert inlined(Line("h", "exp({0})", ("x",)), Line("z", "log({0})", ("h",)))[0] == "h = exp(x)"
    chosen = Line("v1", "where({0} > 0, 1.0, {0})", ("x",))
    assert inlined(chosen, Line("z", "-{0}", ("v1",)))[0] == str(chosen)
    growing = (Line("dz_dv1", "{0}", ("x",)), Line("dz_dv1", "{0}", ("x",), adds=True), Line("d", "-{0}", ("dz_dv1",)))
    assert inlined(Z, back=growing, gradients=("d",))[1:] == list(map(str, growing))


def test_a_line_holds_only_so_many_names() -> None:
    for names, lines in ((MOST_NAMES, 1), (MOST_NAMES + 1, 2)):
        inner = Line("v1", " + ".join(f"{{{k}}}" for k in range(names - 1)), tuple("abcdefghi"[: names - 1]))
        assert len(inlined(inner, Line("z", "{0} * {1}", ("x", "v1")))) == lines
    assert MOST_NAMES == 8


def test_a_line_is_only_so_long() -> None:
    for longer, lines in ((0, 1), (1, 2)):
        texts = ("{0} * {1}", "exp({0})")
        name = "n" * (LONGEST_LINE - len("".join(texts)) - 1 + 8 + longer)  # x, and four signs for each of two places
        assert len(inlined(Line("v1", texts[1], (name,)), Line("z", texts[0], ("x", "v1")))) == lines
    assert LONGEST_LINE == 120


def test_before_its_last_pass_a_program_of_floats_has_one_operation_a_line() -> None:
    forward = [Line("v1", "{0}", ("x",)), Line("v2", "exp({0})", ("v1",)), Line("v3", "log({0})", ("x",))]
    program = code([*forward, Line("z", "{0} * 2", ("v2",))], [], (), x=())
    assert list(map(str, regular(program).lines)) == ["v2 = exp(x)", "z = v2 * 2"]
    assert [each.name for each in passes_for(program)] == ["constants", "copies", "common", "dead", "inline"]
    assert passes_for(program)[3].sentence == "What no result depends on is not computed."
    assert "inline" not in [each.name for each in passes_for(code([Z], [], (), x=(3,)))]


# Accounts -------------------------------------------------------------------------------------------------------------


PRODUCT, OUTER = Line("p", "{0} @ {1}", ("A", "B"), (2, 2)), Line("q", "outer({0}, {1})", ("a", "b"), (2, 2))


def test_an_account_counts_lines_and_products_and_names_what_was_made_of_several() -> None:
    before, made = code([PRODUCT, OUTER, Z], [], ("p",), x=()), PRODUCT.reading(("rows", "B"))
    fewer = code([made, Z], [], ("p",), x=())
    assert account("f", "Does.", before, fewer) == ("f", "Does.", 3, 2, True, (2, 1), ("p",))
    as_many = code([made, OUTER, Z], [], ("p",), x=())
    assert account("f", "Does.", before, as_many) == ("f", "Does.", 3, 3, True, (2, 2), ())
    kept = code([PRODUCT, Z], [], ("p",), x=())
    assert account("f", "Does.", before, kept)[-1] == ()
    assert account("f", "Does.", before, replace(before, gradients=("q",))).changed
    assert not account("f", "Does.", before, before).changed


def test_an_account_is_told_in_rows() -> None:
    before, made = code([PRODUCT, OUTER, Z], [], ("p",), x=()), PRODUCT.reading(("rows", "B"))
    program = code([made, Z], [], ("p",), x=())
    accounts = [account("collect", "Makes one.", before, program), account("dead", "Drops.", program, program)]
    assert explained(accounts, program) == (
        "pass         lines        products     what it does\n"
        "collect      3 → 2          2 → 1      Makes one.\n"
        "                                       at once: p = rows @ B\n"
        "dead           –              –        Drops.\n"
        "– : found nothing to do"
    )


def test_without_products_an_account_has_no_column_for_them() -> None:
    one, two = code([Z], [], (), x=()), code([Line("v1", "exp({0})", ("x",)), Z], [], (), x=())
    assert explained([account("dead", "Drops.", two, one)], one) == (
        "pass      lines      what it does\ndead      2 → 1      Drops."
    )


def test_of_many_new_products_some_are_written_out() -> None:
    for count, more in ((SHOWN, []), (SHOWN + 3, ["and 3 more"])):
        made = [Line(f"p{k}", "{0} @ {1}", (f"rows_{k}", "B"), (2, 2)) for k in range(count)]
        before = code([*[line.reading(("A", "B")) for line in made], OUTER, Z], [], (), x=())
        program = code([*made, Z], [], (), x=())
        told = explained([account("collect", "Makes.", before, program)], program).splitlines()
        assert [row.strip() for row in told[2:]] == [
            *[f"at once: p{k} = rows_{k} @ B" for k in range(SHOWN)], *more,
        ]  # fmt: skip
    assert SHOWN == 6
