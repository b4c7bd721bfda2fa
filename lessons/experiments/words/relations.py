"""Facts as translations: what leads from a city to its country leads, as a vector, from every city to its country.

A fact is a triple (head, relation, tail), such as (Oslo, lies in, Norway). Each thing and each relation gets a vector,
so that

    head + relation ≈ tail          d(h, r, t) = ‖e_h + r − e_t‖²

and true facts are to be nearer than made-up ones, in which head or tail is replaced:  max(0, 1 + d(true) − d(made up)).

Of every city the base says in which country it lies, and of every country on which continent; of some cities it says
the continent. That of the others is asked: nobody has said it, and it follows. Beside it stands the same base without
translations, where the vectors of what belongs together come to lie near each other.

Source: "Knowledge-base embedding: TransE, TransR, …" in the lecture Recurrent neural networks; Bordes et al.,
Translating embeddings for modeling multi-relational data, 2013.
"""

from __future__ import annotations

import sys

import numpy as np

import viz
from autograd_tiny import Value, relu
from autograd_tiny.nn import Embedding, Layer
from autograd_tiny.optim import Adam
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Claim, Outcome, Report
from viz import Chart

Fact = tuple[str, str, str]
ATLAS = {
    "Europe": {"Norway": "Oslo Bergen", "France": "Paris Lyon", "Italy": "Rome Milan", "Poland": "Warsaw Lodz"},
    "Asia": {"Japan": "Tokyo Osaka", "India": "Delhi Mumbai", "Nepal": "Kathmandu Pokhara", "Iran": "Tehran Shiraz"},
    "Africa": {"Kenya": "Nairobi Mombasa", "Egypt": "Cairo Luxor", "Ghana": "Accra Kumasi", "Mali": "Bamako Gao"},
}
COUNTRY, CONTINENT, FARTHER = "lies in the country", "lies on the continent", "is on the continent"
RELATIONS = (COUNTRY, CONTINENT, FARTHER)  # of a city; of a country; of a city


def base() -> tuple[list[Fact], list[Fact]]:
    """What is said, and what only follows: the continent of each country's second city."""
    said, follows = [], []
    for continent, countries in ATLAS.items():
        for country, cities in countries.items():
            said.append((country, CONTINENT, continent))
            first, second = cities.split()
            said += [(city, COUNTRY, country) for city in (first, second)]
            said.append((first, FARTHER, continent))
            follows.append((second, FARTHER, continent))
    return said, follows


class Translations(Layer):
    """Facts (N, 3), as places of head, relation and tail, to their distances, (N,)."""

    def __init__(self, things: int, relations: int, dimensions: int, seed: int, *, translating: bool = True) -> None:
        self.translating = translating
        self.things = Embedding(things, dimensions, seed=seed)
        self.relations = Embedding(relations, dimensions, seed=seed + 1)

    def __call__(self, facts: np.ndarray) -> Value:
        heads, relations, tails = facts.T
        return self.distance(heads, relations, tails)

    def distance(self, heads: np.ndarray, relations: np.ndarray, tails: np.ndarray) -> Value:
        """‖e_h + r − e_t‖², or without r where nothing is translated."""
        moved = self.things(heads) + (self.relations(relations) if self.translating else 0.0)
        return ((moved - self.things(tails)) ** 2).sum(-1)


def numbered(facts: list[Fact], things: list[str]) -> np.ndarray:
    """Facts as places, (N, 3)."""
    return np.array(
        [(things.index(head), RELATIONS.index(relation), things.index(tail)) for head, relation, tail in facts]
    )


def made_up(facts: np.ndarray, things: int, rng: np.random.Generator) -> np.ndarray:
    """Each fact with its head or its tail replaced by anything."""
    false = facts.copy()
    false[np.arange(len(facts)), rng.choice((0, 2), len(facts))] = rng.integers(things, size=len(facts))
    return false


def train(net: Translations, facts: np.ndarray, things: int, report: Report, *, seed: int, steps: int) -> float:
    """Learn that facts are nearer than made-up ones; the last loss. Vectors of things are kept within length 1."""
    rng, optimizer, loss = np.random.default_rng(seed), Adam(net.parameters(), lr=0.02), np.inf
    learner = Learner(
        lambda h, r, t, no_h, no_t: relu(1 + net.distance(h, r, t) - net.distance(no_h, r, no_t)).mean(), optimizer
    )
    for step in range(1, steps + 1):
        false = made_up(facts, things, rng)
        loss = learner(*facts.T, false[:, 0], false[:, 2])
        optimizer.step()
        lengths = np.linalg.norm(net.things.E.data, axis=1, keepdims=True)
        net.things.E.data /= np.maximum(lengths, 1)
        report(step, steps, f"loss {loss:.3f}")
    return loss


def answered(net: Translations, facts: np.ndarray, things: int) -> np.ndarray:
    """For each fact the thing, other than its head, that its tail is taken for."""
    tails = np.arange(things)
    found = []
    for head, relation, _ in facts:
        distances = net.distance(np.full(things, head), np.full(things, relation), tails).data
        distances[head] = np.inf
        found.append(int(distances.argmin()))
    return np.array(found)


def chained(net: Translations, things: list[str]) -> float:
    """Of all cities, from how many the translation to the country and the one to its continent lead there, together."""
    E, (country, continent, _) = net.things.E.data, net.relations.E.data
    found = []
    for name, countries in ATLAS.items():
        for city in " ".join(countries.values()).split():
            place = E[things.index(city)] + country + continent
            found.append(things[int(((place - E) ** 2).sum(1).argmin())] == name)
    return float(np.mean(found))


def run(report: Report, *, seed: int = 0, steps: int = 1500, dimensions: int = 16) -> Outcome:
    """The number is the share of facts that only follow which come first among all things."""
    said, follows = base()
    things = list(dict.fromkeys(thing for head, _, tail in said for thing in (tail, head)))
    known, asked = numbered(said, things), numbered(follows, things)
    nets, shares, losses = [], [], []
    for done, translating in ((0, True), (steps, False)):

        def told(step: int, _: int, text: str, done: int = done) -> None:
            report(done + step, 2 * steps, text)

        net = Translations(len(things), len(RELATIONS), dimensions, seed, translating=translating)
        losses.append(train(net, known, len(things), told, seed=seed, steps=steps))
        shares.append(float((answered(net, asked, len(things)) == asked[:, 2]).mean()))
        nets.append(net)
    named = [things[k] for k in answered(nets[0], asked, len(things))]
    return Outcome(
        "share of facts that nobody said, and that are found first among all things",
        shares[0],
        at_least=0.9,
        also=(
            Claim("the same without translations", shares[1], at_most=0.5),
            Claim(
                "share of cities from which two steps lead to their continent", chained(nets[0], things), at_least=0.8
            ),
        ),
        lines=(
            f"{len(things)} things, {len(said)} facts said, loss {losses[0]:.3f}; {len(follows)} facts only follow.",
            *(
                f"  {head} {relation}: {name}"
                for (head, relation, _), name in zip(follows[::3], named[::3], strict=True)
            ),
        ),
        picture=picture(nets[0], things),
    )


def picture(net: Translations, things: list[str]) -> Chart:
    """The things in the plane in which they differ most."""
    vectors = net.things.E.data
    u, s, _ = np.linalg.svd(vectors - vectors.mean(0), full_matrices=False)
    plane = (u * s)[:, :2]
    cities = [city for countries in ATLAS.values() for pair in countries.values() for city in pair.split()]
    kinds = {
        "continent": list(ATLAS),
        "country": [c for countries in ATLAS.values() for c in countries],
        "city": cities,
    }
    points = {kind: plane[[things.index(name) for name in names]] for kind, names in kinds.items()}
    names = [name for each in kinds.values() for name in each]
    share = float((s[:2] ** 2).sum() / (s**2).sum())
    note = f"The first two principal components; they show {share:.0%} of the variance."
    return viz.chart(points, kind="scatter", names=names, equal=True, title="Cities, countries, continents", note=note)


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
