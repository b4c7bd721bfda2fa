"""Captioning: an image has one sentence, held-out combinations stay out, a short training helps."""

import numpy as np

from lessons.experiments.captioning import LONGEST, WORDS, Captioner, halves, pictures, sentences, told, train
from lessons.experiments.console import silent
from lessons.experiments.data.scenes import COLOURS, RELATIONS, SCENES, SHAPES, drawn, gallery


def test_every_sentence_is_written_with_the_words_and_read_back() -> None:
    rows = sentences(SCENES)
    assert rows.shape == (LONGEST, len(SCENES))
    assert (rows[-1] == 0).all()  # the longest one, too, ends in a full stop
    assert [told(row) for row in rows.T] == [scene.sentence for scene in SCENES]
    assert {word for scene in SCENES for word in scene.sentence.split()} | {"."} == set(WORDS)
    assert len({scene.sentence for scene in SCENES}) == 162


def test_an_image_shows_its_scene_and_no_other() -> None:
    rng = np.random.default_rng(0)
    images = {scene: drawn(scene, rng) for scene in SCENES}
    for scene, image in images.items():
        assert image.shape == (3, 12, 12) and image.min() >= 0 and image.max() == 1
        first, second = (image[:, :6], image[:, 6:]) if scene.relation == "above" else (image[..., :6], image[..., 6:])
        for part, (colour, shape) in ((first, scene.first), (second, scene.second)):
            inked = part[:, (part < 1).any(0)].T
            assert {tuple(pixel) for pixel in inked.tolist()} <= {COLOURS[c] for c in COLOURS}
            assert COLOURS[colour] in {tuple(pixel) for pixel in inked.tolist()}
            assert sum(line.count("#") for line in SHAPES[shape]) >= len(inked) - 5  # the other may reach over a line
    assert len({image.tobytes() for image in images.values()}) == len(SCENES)


def test_held_out_combinations_are_not_learned_from_but_all_their_parts_are() -> None:
    for seed in range(3):
        known, held_out = halves(seed)
        assert not set(known) & set(held_out) and set(known) | set(held_out) == set(SCENES)
        assert {s.first for s in known} == {s.second for s in known} == {s.first for s in SCENES}
        assert {s.relation for s in known} == set(RELATIONS)


def test_a_short_training_helps_and_the_picture_shows_what_was_written() -> None:
    net, (known, held_out) = Captioner(4, 16, seed=0), halves(0)
    # Chance is ln 11 = 2.4 nats per word; the grammar of the sentences alone brings it to about 0.6.
    assert train(net, known, silent, seed=0, steps=100, batch=16) < 1.2
    images = pictures(held_out[:2], np.random.default_rng(0))
    written = [told(words) for words in net.write(images).T]
    shown = gallery("title", images, written)
    assert [panel.title for panel in shown.panels] == written
    drawn_pixels = [panel.series[0].ys for panel in shown.panels]
    assert np.array_equal(drawn_pixels, [image.transpose(1, 2, 0) for image in images])
