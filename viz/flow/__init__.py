"""Gradient flow: how large the gradient is at every node of every step, on one log scale.

viz.flow(loss)                                      a strip per node, a column per step
viz.flow({"RNN": one, "LSTM": other}, kind="lines") two models on one axis, with their half-lives
viz.flow(loss, kind="matrix")                       what the loss at t tells the state at k: BPTT, and where it is cut
viz.flow(loss, kind="circuit")                      the recorded circuit, its wires coloured
viz.flow(loss, relative=True)                       in units of the last step: vanishing and exploding in two colours
viz.flow(loss, jacobians=True, bound=True)          with the product of the Jacobians' norms, and (γ_W γ_φ)^n
viz.flow.compare()                                  activations, gains and cells as small multiples
viz.flow.training(net)                              norms, updates, gates and saturation over a training; its film
.figure()   with matplotlib
"""

from typing import TYPE_CHECKING

from viz.flow.compare import compare
from viz.flow.flow import Flow, flow
from viz.flow.training import Training, training

if not TYPE_CHECKING:  # a function's attributes are nothing that types know of
    flow.compare, flow.training = compare, training

__all__ = ["Flow", "Training", "compare", "flow", "training"]
