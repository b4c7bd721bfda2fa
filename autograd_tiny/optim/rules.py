"""Update rules: from a gradient to a step downhill.

Names, defaults and numbers are PyTorch's. The equation in a rule's docstring is what runs, over the flat arrays of
`optimizer`: p and its gradient g, and what the rule remembers, which `super().__init__` is told.
"""

from __future__ import annotations

from autograd_tiny.optim.flat import Parameters
from autograd_tiny.optim.optimizer import Optimizer, check_range

INFINITY = float("inf")


class SGD(Optimizer):
    """Gradient descent: p ← p − lr·v, where the velocity v ← momentum·v + g remembers earlier gradients.

    With `nesterov` the step is g + momentum·v: the gradient as it were after the velocity's next step.
    `weight_decay` adds weight_decay·p to g, the gradient of ½·weight_decay·‖p‖².

    >>> w = Value([1.0, -2.0], "w")
    >>> optimizer = SGD([w], lr=0.1, momentum=0.9)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data.round(3)
    array([ 0.8, -1.6])
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        check_range("SGD", momentum=(momentum, 0.0, INFINITY), weight_decay=(weight_decay, 0.0, INFINITY))
        if nesterov and not momentum:
            raise ValueError("SGD: nesterov looks ahead along the velocity; give a momentum, such as 0.9")
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay
        super().__init__(parameters, lr, {"velocity": 0.0} if momentum else {})

    def equations(self) -> tuple[str, ...]:
        first, g = decayed(self.weight_decay)
        if not self.momentum:
            return *first, f"p -= {g} * lr"
        step = f"(velocity * momentum + {g})" if self.nesterov else "velocity"
        return *first, "velocity *= momentum", f"velocity += {g}", f"p -= {step} * lr"


class Adagrad(Optimizer):
    """p ← p − lr·g/(√G + eps) with G ← G + g²: a parameter that has moved much moves less.

    G starts at `initial_accumulator_value`; Adagrad(…, eps=0, initial_accumulator_value=1e-8) divides by
    √(Σg² + 1e-8), as min-char-rnn does. (Duchi, Hazan, Singer, Adaptive subgradient methods, 2011.)

    >>> w = Value([1.0, -2.0], "w")
    >>> optimizer = Adagrad([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data.round(3)
    array([ 0.9, -1.9])
    """

    def __init__(
        self, parameters: Parameters, lr: float = 1e-2, eps: float = 1e-10, initial_accumulator_value: float = 0.0
    ) -> None:
        start = initial_accumulator_value
        check_range("Adagrad", eps=(eps, 0.0, INFINITY), initial_accumulator_value=(start, 0.0, INFINITY))
        if not eps and not start:
            raise ValueError("Adagrad: eps and initial_accumulator_value are both 0: a zero gradient would give 0/0")
        self.eps = eps
        super().__init__(parameters, lr, {"squares": start})

    def equations(self) -> tuple[str, ...]:
        return "squares += g * g", f"p -= g / {root('squares', self.eps)} * lr"


class RMSprop(Optimizer):
    """p ← p − lr·g/(√G + eps) with G ← alpha·G + (1 − alpha)·g²: Adagrad with a memory that fades.

    With momentum, v ← momentum·v + g/(√G + eps) and p ← p − lr·v. (Tieleman and Hinton, Coursera lecture 6.5, 2012.)

    >>> w = Value([1.0, -2.0], "w")
    >>> optimizer = RMSprop([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data.round(3)
    array([ 0., -1.])
    """

    def __init__(
        self, parameters: Parameters, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8, momentum: float = 0.0
    ) -> None:
        check_range("RMSprop", alpha=(alpha, 0.0, 1.0), eps=(eps, 0.0, INFINITY), momentum=(momentum, 0.0, INFINITY))
        self.alpha, self.eps, self.momentum = alpha, eps, momentum
        super().__init__(parameters, lr, {"squares": 0.0} | ({"velocity": 0.0} if momentum else {}))

    def equations(self) -> tuple[str, ...]:
        squares = faded("squares", "alpha", "g * g")
        step = f"g / {root('squares', self.eps)}"
        if not self.momentum:
            return *squares, f"p -= {step} * lr"
        return *squares, "velocity *= momentum", f"velocity += {step}", "p -= velocity * lr"


class Adam(Optimizer):
    """p ← p − lr·m̂/(√v̂ + eps), where m and v are fading means of g and of g².

    m ← β₁·m + (1 − β₁)·g and v ← β₂·v + (1 − β₂)·g² start at 0; m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) make
    up for that. `weight_decay` adds weight_decay·p to g. (Kingma and Ba, Adam, 2015.)

    >>> w = Value([1.0, -2.0], "w")
    >>> optimizer = Adam({"w": w}, lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data.round(3)
    array([ 0.9, -1.9])
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        check_range("Adam", beta1=(betas[0], 0.0, 1.0), beta2=(betas[1], 0.0, 1.0))
        check_range("Adam", eps=(eps, 0.0, INFINITY), weight_decay=(weight_decay, 0.0, INFINITY))
        self.betas, self.eps, self.weight_decay = betas, eps, weight_decay
        super().__init__(parameters, lr, {"mean": 0.0, "squares": 0.0})

    def equations(self) -> tuple[str, ...]:
        first, g = decayed(self.weight_decay)
        means = *faded("mean", "betas[0]", g), *faded("squares", "betas[1]", f"{g} * {g}")
        unbiased = root("squares / (1 - betas[1] ** steps)", self.eps)
        return *first, *means, f"p -= mean / {unbiased} * (lr / (1 - betas[0] ** steps))"


def decayed(weight_decay: float) -> tuple[tuple[str, ...], str]:
    """g + weight_decay·p: the equation for it, if it is needed, and what it is called."""
    return (("decayed = g + p * weight_decay",), "decayed") if weight_decay else ((), "g")


def faded(mean: str, share: str, x: str) -> tuple[str, str]:
    """mean ← share·mean + (1 − share)·x."""
    return f"{mean} *= {share}", f"{mean} += {x} * (1 - {share})"


def root(squares: str, eps: float) -> str:
    """√squares + eps."""
    return f"(sqrt({squares}) + eps)" if eps else f"sqrt({squares})"
