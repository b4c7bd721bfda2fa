"""Derivatives held against numerical ones."""

from autograd_tiny.check.check import Comparison, GradientReport, assert_gradients, check_gradients

__all__ = ["Comparison", "GradientReport", "assert_gradients", "check_gradients"]
