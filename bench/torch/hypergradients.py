"""Exact hypergradients by PyTorch for bench/hypergradients.ts and bench/replay.ts.

The first line on stdin is a problem as JSON, with its name. Each line after it is answered by one:
`run` by `done` after one run, `read` by all entries of the last gradient as JSON, and `peak` by the
bytes by which the process grew at most since the problem was read.

Inner steps are taken on the tape of autograd with create_graph, as the package `higher` does.
"""

import json
import resource
import sys

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
problem = json.loads(sys.stdin.readline())


def load(name):
    return torch.tensor(problem[name], dtype=torch.float32)


def descend(loss, w, rate):
    """One step of gradient descent that stays on the tape."""
    slopes = torch.autograd.grad(loss(w), w, create_graph=True)
    return [each - rate * slope for each, slope in zip(w, slopes)]


def logistic_regression():
    x, y, x_val, y_val = load("x"), load("y"), load("xVal"), load("yVal")
    entropy = F.binary_cross_entropy_with_logits

    def run():
        h = torch.ones(x.shape[1], 1, requires_grad=True)
        w = [torch.zeros(x.shape[1], 1, requires_grad=True)]
        for _ in range(problem["steps"]):
            loss = lambda v: entropy(x @ v[0], y) + 0.5 * (h * v[0] * v[0]).sum()
            w = descend(loss, w, problem["learningRate"])
        return torch.autograd.grad(entropy(x_val @ w[0], y_val), [h])

    return run


def quadratic():
    a, b, c = load("a"), load("b"), load("c")

    def run():
        x = torch.ones(problem["inputs"], 1, requires_grad=True)
        w = torch.zeros(a.shape[0], 1)
        for _ in range(problem["steps"]):
            w = w - problem["learningRate"] * (a @ w - b @ x)
        return torch.autograd.grad(0.5 * ((w - c) ** 2).sum(), [x])

    return run


def ridge():
    x, y, x_val, y_val = load("x"), load("y"), load("xVal"), load("yVal")

    def run():
        h = torch.full((x.shape[1], 1), -3.0, requires_grad=True)
        w = [torch.zeros(x.shape[1], 1, requires_grad=True)]
        for _ in range(problem["steps"]):
            loss = lambda v: ((x @ v[0] - y) ** 2).mean() + (h.exp() * v[0] * v[0]).sum()
            w = descend(loss, w, problem["learningRate"])
        return torch.autograd.grad(((x_val @ w[0] - y_val) ** 2).mean(), [h])

    return run


def hyper_cleaning():
    x, x_val = load("x"), load("xVal")
    y, y_val = torch.tensor(problem["y"]), torch.tensor(problem["yVal"])

    def run():
        h = torch.zeros(x.shape[0], requires_grad=True)
        w = [torch.zeros(x.shape[1], problem["classes"], requires_grad=True)]
        for _ in range(problem["steps"]):
            loss = lambda v: (h.sigmoid() * F.cross_entropy(x @ v[0], y, reduction="none")).mean()
            w = descend(loss, w, problem["learningRate"])
        return torch.autograd.grad(F.cross_entropy(x_val @ w[0], y_val), [h])

    return run


def maml():
    x, y, x_val, y_val = load("x"), load("y"), load("xVal"), load("yVal")
    names = list(problem["layers"])
    start = [torch.tensor(problem["layers"][name]) for name in names]

    def error(w, source, target):
        w1, b1, w2, b2, w3, b3 = w
        hidden = torch.relu(torch.relu(source @ w1 + b1) @ w2 + b2)
        return ((hidden @ w3 + b3 - target) ** 2).mean(dim=(1, 2)).sum()

    def run():
        layers = [each.clone().requires_grad_() for each in start]
        w = [each.expand(len(x), *each.shape) for each in layers]
        for _ in range(problem["steps"]):
            w = descend(lambda v: error(v, x, y), w, problem["learningRate"])
        gradient = torch.autograd.grad(error(w, x_val, y_val) / len(x), layers)
        by_name = dict(zip(names, gradient))
        return [by_name[name] for name in sorted(names)]

    return run


def wrmf():
    items, rate, weight = problem["items"], problem["learningRate"], problem["weight"]
    users0, items0, fakes0 = load("users0"), load("items0"), load("fakes0")

    def clicks(name, rows):
        dense = torch.zeros(rows * items)
        dense[torch.tensor(problem[name])] = 1
        return dense.reshape(rows, items)

    real, fake = clicks("clicks", len(users0)), clicks("fakeClicks", len(fakes0))

    def error(x, scores):
        weights = torch.where(x > 0, weight, 1.0)
        return (weights * (x - scores) ** 2).sum()

    def run():
        fakes = fake.clone().requires_grad_()
        p = [each.clone().requires_grad_() for each in (users0, items0, fakes0)]
        m = [torch.zeros_like(each) for each in p]
        v = [torch.zeros_like(each) for each in p]
        for t in range(1, problem["steps"] + 1):
            loss = error(real, p[0] @ p[1].T) + error(fakes, p[2] @ p[1].T)
            slopes = torch.autograd.grad(loss, p, create_graph=True)
            m = [0.9 * each + 0.1 * slope for each, slope in zip(m, slopes)]
            v = [0.999 * each + 0.001 * slope * slope for each, slope in zip(v, slopes)]
            p = [
                each - rate * (mean / (1 - 0.9**t)) / ((square / (1 - 0.999**t)).sqrt() + 1e-8)
                for each, mean, square in zip(p, m, v)
            ]
        scores = p[0] @ p[1].T
        loss = -torch.log_softmax(scores, 1)[:, problem["target"]].sum()
        return torch.autograd.grad(loss, [fakes])

    return run


run = globals()[problem["name"]]()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
gradient = []
for line in sys.stdin:
    if line.strip() == "peak":
        print(peak() - before, flush=True)
    elif line.strip() == "read":
        print(json.dumps(torch.cat([g.flatten() for g in gradient]).tolist()), flush=True)
    else:
        gradient = run()
        print("done", flush=True)
