"""A number that remembers how it was computed, and so knows its derivatives.

An operation notes its inputs and its derivative by each of them; `backward` walks from the output
to the inputs and multiplies them up: the chain rule.

    x, y, z = Value(-2), Value(5), Value(-4)
    q = x + y           # 3
    f = q * z           # -12
    f.backward()        # x.grad = y.grad = q.grad = -4, z.grad = 3
"""

import math

__all__ = ["Value", "topological_order"]


class Value:
    """One number of a computation: a node of its graph [Rumelhart et al. 1986].

    data: float; grad: the derivative, by this number, of that on which `backward` was called, added
    up over the calls until someone sets it to 0. inputs: the Values this one was computed from;
    local: its derivative by each of them. So an operation returns Value(data, inputs, local).
    """

    __array_ufunc__ = None  # else np.float64(2) * value is an array of objects, not our __rmul__

    def __init__(self, data, inputs=(), local=()):
        self.data = float(data)
        self.grad = 0.0
        self.inputs = inputs
        self.local = local

    def __repr__(self):
        return f"Value({self.data:g}, grad={self.grad:g})"

    def __add__(self, other):  # + distributes: both inputs get the whole gradient
        other = _value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):  # × switches: each input gets the other's value
        other = _value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __truediv__(self, other):
        other = _value(other)
        y = self.data / other.data
        return Value(y, (self, other), (1 / other.data, -y / other.data))

    def __pow__(self, other):
        if isinstance(other, Value):
            return (other * self.log()).exp()  # both vary: needs a positive base
        if self.data < 0 and other != int(other):
            raise ValueError(f"Value: {self.data:g} ** {other:g} is not real; make the base >= 0")
        steep = math.inf if other else 0.0  # at 0 a root, as in torch: 0 ** -0.5 divides by 0
        slope = other * self.data ** (other - 1) if self.data or other >= 1 else steep
        return Value(self.data**other, (self,), (slope,))

    def exp(self):
        y = math.exp(self.data)
        return Value(y, (self,), (y,))

    def log(self):
        if self.data <= 0:
            raise ValueError(f"Value.log: the number is {self.data:g}; it must be above 0")
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def tanh(self):
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y**2,))

    def relu(self):
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))

    def max(self, other):  # max routes: the larger input gets it all; of equals, each a half
        other = _value(other)
        share = 0.5 if self.data == other.data else float(self.data > other.data)
        return Value(max(self.data, other.data), (self, other), (share, 1 - share))

    def __neg__(self):
        return -1 * self

    def __sub__(self, other):
        return self + -_value(other)

    def __rsub__(self, other):
        return other + -self

    def __rtruediv__(self, other):
        return _value(other) / self

    def __rpow__(self, other):
        return _value(other) ** self

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        """Add to each number's grad the derivative of this one with respect to it."""
        gradient = {self: 1.0}  # of this call alone: grad may hold an earlier call's
        for value in reversed(topological_order(self)):
            value.grad += gradient[value]  # complete: all that uses value has been visited
            for x, local in zip(value.inputs, value.local, strict=True):
                gradient[x] = gradient.get(x, 0.0) + local * gradient[value]


def _value(number):
    return number if isinstance(number, Value) else Value(number)


def topological_order(root):
    """All that root was computed from, and root itself, each after its own inputs."""
    order, done, stack = [], set(), [root]
    while stack:  # not recursive: a sum of a thousand terms is a thousand additions deep
        waiting = [x for x in stack[-1].inputs if x not in done]
        if waiting:
            stack.extend(waiting)
        elif (node := stack.pop()) not in done:
            done.add(node)
            order.append(node)
    return order
