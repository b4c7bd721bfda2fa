"""Programs in the JavaScript dialect, run by the browser that pages are shown in."""

import json

import numpy as np
import pytest

import autograd_tiny as ad
from autograd_tiny import nn, trace, value_and_grad
from tests.engine.dialects import run_in_javascript

pytestmark = pytest.mark.browser

X, W = np.sin(np.arange(12.0)).reshape(3, 4), np.cos(np.arange(8.0)).reshape(4, 2)
FUNCTIONS = {
    "the class example": (lambda w: w**2 * (w - 3), (5.0,)),
    "a neuron": (lambda w, x, b: ad.tanh(w * x + b) * ad.relu(w) - ad.sigmoid(x) / ad.softplus(b), (0.5, -0.3, 0.1)),
    "branches": (lambda x, y: ad.where((x > 0) & (y < 1), x * y, ad.maximum(x, y)), (0.5, -0.3)),
    "a layer": (lambda x, W: ad.sum(ad.tanh(x @ W) ** 2), (X, W)),
    "parts": (lambda x, i: ad.sum(x[i] * x[[0, 0, 2]]) + ad.sum(x[1:, ::-1] * x[None, 0]), (X, np.array([2, 0, 1]))),
    "a loss": (lambda x, W: nn.cross_entropy(x @ W, np.array([0, 1, 1])) + ad.logsumexp(x) + ad.max(x), (X, W)),
    "stacks": (lambda x: ad.sum(ad.concatenate([ad.stack([x[0], x[1]], 1), x[:2].T], 0) ** 3), (X,)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_browser_computes_what_the_engine_computes(browser, name):
    f, inputs = FUNCTIONS[name]

    def by_browser(source, *numbers):
        given = ", ".join(json.dumps(np.asarray(x).tolist()) for x in numbers)
        return browser.execute_script(f'"use strict"; {source}; return program({given});')

    browser.get("about:blank")
    value, gradients = run_in_javascript(trace(f, *inputs), *inputs, by=by_browser)
    whole = [x for x in inputs if np.asarray(x).dtype.kind == "i"]
    floats = [x for x in inputs if np.asarray(x).dtype.kind == "f"]
    wanted, wanted_gradients = value_and_grad(lambda *xs: f(*xs, *whole))(*floats)
    assert np.allclose(value, wanted, rtol=1e-12)  # the last digits: each its own exp and order of summing
    for found, right in zip(gradients, wanted_gradients, strict=True):
        assert np.allclose(found, right, rtol=1e-11, atol=1e-13)
