"""Derivatives held against numerical ones: right, wrong or unsure, and why."""

from autograd_tiny.check.check import assert_gradients, check_gradients
from autograd_tiny.check.report import Comparison, GradientReport

__all__ = ["Comparison", "GradientReport", "assert_gradients", "check_gradients"]
