"""autograd-tiny: a reverse-mode autograd engine to be read.

    from autograd_tiny import Value
    w = Value(5.0, "w")
    z = w**2 * (w - 3)
    z.backward()
    w.grad                      # 45.0
"""

from autograd_tiny.backward import grad, hvp, jvp, value_and_grad
from autograd_tiny.formula import formula
from autograd_tiny.scalars import to_scalars
from autograd_tiny.scopes import scope
from autograd_tiny.steps import BackwardStep, Contribution, ForwardStep, backward_steps, forward_steps
from autograd_tiny.value import Value
