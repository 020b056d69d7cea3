"""The hypergradient of regularised logistic regression by PyTorch, for bench/replay.ts.

The first line on stdin is the problem as JSON; each line after it asks for one run, which is
answered by one line: the gradient as JSON.
"""

import json
import sys

import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

torch.set_num_threads(1)
problem = json.loads(sys.stdin.readline())


def load(name):
    return torch.tensor(problem[name], dtype=torch.float32)


x, y, x_val, y_val = load("x"), load("y"), load("xVal"), load("yVal")


def hypergradient():
    """Unrolls gradient descent on the tape of autograd and differentiates its end in h."""
    h = torch.ones(x.shape[1], 1, requires_grad=True)
    w = torch.zeros(x.shape[1], 1, requires_grad=True)
    for _ in range(problem["steps"]):
        loss = cross_entropy(x @ w, y) + 0.5 * (h * w * w).sum()
        (slope,) = torch.autograd.grad(loss, w, create_graph=True)
        w = w - problem["learningRate"] * slope
    (gradient,) = torch.autograd.grad(cross_entropy(x_val @ w, y_val), h)
    return gradient


for _ in sys.stdin:
    print(json.dumps(hypergradient().flatten().tolist()), flush=True)
