"""The hypergradient of ten steps of ridge regression in the weight of its penalty and the rate."""

import torch
from export_gradient import export_gradient

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
data = {name: torch.randn(8, 3) for name in ("x", "x_val")}
data |= {name: torch.randn(8) for name in ("y", "y_val")}
data["steps"] = 10
inputs = {name: torch.tensor(value, requires_grad=True) for name, value in (("log_penalty", -2.0), ("rate", 0.1))}

w = torch.zeros(3, requires_grad=True)
for _ in range(data["steps"]):
    loss = ((data["x"] @ w - data["y"]) ** 2).mean() + inputs["log_penalty"].exp() * (w**2).sum()
    w = w - inputs["rate"] * torch.autograd.grad(loss, w, create_graph=True)[0]
value = ((data["x_val"] @ w - data["y_val"]) ** 2).mean()
export_gradient("ridge.json", "ridge", value, inputs, data)
