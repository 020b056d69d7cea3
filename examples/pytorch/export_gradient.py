"""Writes a PyTorch gradient as a fixture that `hypertape verify --problem MODULE` recomputes."""

import json

import torch


def plain(tree):
    """Tensors of a tree as nested lists of numbers."""
    if isinstance(tree, dict):
        return {name: plain(branch) for name, branch in tree.items()}
    return tree.detach().tolist() if torch.is_tensor(tree) else tree


def export_gradient(path, name, value, inputs, data=None, method=None):
    """`value` is a scalar that was computed from `inputs`, a dict of tensors that require a gradient.

    `data` is whatever the module needs to compute it again; `method` an estimator other than the
    exact one, such as {"kind": "truncated", "steps": 10}.
    """
    gradients = torch.autograd.grad(value, list(inputs.values()))
    fixture = {"format": 2, "name": name, "inputs": plain(inputs), "data": plain(data or {})}
    fixture |= {"value": value.item(), "gradient": plain(dict(zip(inputs, gradients)))}
    fixture |= {"method": method} if method else {}
    fixture |= {"precision": str(value.dtype).removeprefix("torch.")}
    with open(path, "w") as file:
        json.dump(fixture, file, allow_nan=False)
