"""The public names are a promise: code outside this repository calls them."""

import builtins
import importlib

import pytest

PROMISED = {
    "autograd_tiny": """Value scope grad value_and_grad jvp hvp jacobian hessian no_grad operation
        forward_steps backward_steps to_scalars formula trace
        check_gradients assert_gradients exp log sqrt sin cos tan asin acos atan sinh cosh tanh sigmoid relu leaky_relu
        softplus hard_tanh maximum minimum where clip sum mean max reshape transpose stack concatenate take matmul
        softmax log_softmax logsumexp dot outer norm""",
    "autograd_tiny.program": "trace Program ProgramError",
    "autograd_tiny.nn": """Linear Embedding RNNCell LSTMCell GRUCell MUT1Cell MUT2Cell MUT3Cell MultiplicativeRNNCell
        Conv1d Conv2d max_pool avg_pool Attention Dropout BatchNorm unroll cross_entropy mse hinge""",
    "autograd_tiny.optim": "SGD Adagrad RMSprop Adam HessianFree clip_by_value clip_by_norm",
    "autograd_tiny.testing": "values arrays expressions",
    "autograd_tiny.errors": "AutogradError DomainError ShapeError GraphError",
    "autograd_tiny.table": "TABLE Op",
    "autograd_tiny.gradients": "ancestors",
    "viz": "draw film flow ledger paths text",
    "lessons": "start",
}
OF_A_VALUE = """data grad has_grad label scope op operation parameters inputs is_constant birth shape backward zero_grad
    exp log sqrt sin cos tanh sigmoid relu sum mean reshape T"""


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in PROMISED.items() for name in names.split()]
)
def test_a_promised_name_is_there(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("name", OF_A_VALUE.split())
def test_a_value_has_what_was_promised(name: str) -> None:
    value = importlib.import_module("autograd_tiny").Value(2.0)
    assert hasattr(value, name)


@pytest.mark.parametrize("name", "value_and_grad backward source explain native".split())
def test_a_program_has_what_was_promised(name: str) -> None:
    assert callable(getattr(importlib.import_module("autograd_tiny").trace(lambda x: x * x, 2.0), name))


@pytest.mark.parametrize("package", ["autograd_tiny", "viz", "lessons"])
def test_a_package_lists_what_it_offers(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__doc__
    assert not [name for name in module.__all__ if not hasattr(module, name)]
    shadows = set(dir(builtins))  # a star import leaves Python's own sum and max alone
    assert set(PROMISED[package].split()) - shadows <= set(module.__all__)
