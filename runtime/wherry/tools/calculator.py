"""Arithmetic as tools. Mirrors `agno.tools.calculator`."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from wherry.core.tools.toolkit import Toolkit

if TYPE_CHECKING:
    from collections.abc import Callable

# Longest integer that Python turns into text by default.
_DIGITS = 4300
# These witnesses decide primality for every n below 3.3e24 (Sorenson and Webster, 2015).
_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)


class CalculatorTools(Toolkit):
    """Eight operations on numbers; mirrors `agno.tools.calculator.CalculatorTools`.

    Each tool returns JSON: `{"operation", "result"}`, or `{"operation", "error"}` where there is no result.
    """

    def __init__(self, **kwargs: Any) -> None:
        tools: list[Callable[..., str]] = [
            *(self.add, self.subtract, self.multiply, self.divide),
            *(self.exponentiate, self.factorial, self.is_prime, self.square_root),
        ]
        super().__init__(name="calculator", tools=tools, **kwargs)

    def add(self, a: float, b: float) -> str:
        """Compute a + b.

        Args:
            a (float): One number.
            b (float): The other number.
        """
        return _answer("addition", a + b)

    def subtract(self, a: float, b: float) -> str:
        """Compute a - b.

        Args:
            a (float): The number to subtract from.
            b (float): The number to take away.
        """
        return _answer("subtraction", a - b)

    def multiply(self, a: float, b: float) -> str:
        """Compute a * b.

        Args:
            a (float): One factor.
            b (float): The other factor.
        """
        return _answer("multiplication", a * b)

    def divide(self, a: float, b: float) -> str:
        """Compute a / b.

        Args:
            a (float): The number to divide.
            b (float): The number to divide by.
        """
        if b == 0:
            return _refusal("division", "A number cannot be divided by zero")
        try:
            return _answer("division", a / b)
        except (TypeError, OverflowError) as error:
            return _refusal("division", str(error))

    def exponentiate(self, a: float, b: float) -> str:
        """Compute a to the power of b.

        Args:
            a (float): The base.
            b (float): The exponent.
        """
        try:
            return _answer("exponentiation", math.pow(a, b))
        except OverflowError:
            return _refusal("exponentiation", "The result is too large")
        except ValueError:
            return _refusal("exponentiation", f"{a} to the power of {b} is not a real number")

    def factorial(self, n: int) -> str:
        """Compute n!, the product of all whole numbers from 1 to n.

        Args:
            n (int): A whole number, not negative.
        """
        if n < 0:
            return _refusal("factorial", "There is no factorial of a negative number")
        if n > _DIGITS or math.lgamma(n + 1) / math.log(10) >= _DIGITS:
            return _refusal("factorial", f"The result has more than {_DIGITS} digits")
        return _answer("factorial", math.factorial(n))

    def is_prime(self, n: int) -> str:
        """Tell whether n is a prime number.

        Args:
            n (int): The number to test.
        """
        return _answer("prime_check", _prime(n))

    def square_root(self, n: float) -> str:
        """Compute the square root of n.

        Args:
            n (float): A number, not negative.
        """
        if n < 0:
            return _refusal("square_root", "There is no real square root of a negative number")
        return _answer("square_root", math.sqrt(n))


def _answer(operation: str, result: float | bool) -> str:
    return json.dumps({"operation": operation, "result": result})


def _refusal(operation: str, why: str) -> str:
    return json.dumps({"operation": operation, "error": why})


def _prime(n: int) -> bool:
    """Miller-Rabin; exact below 3.3e24, above that wrong with a chance below 1e-7."""
    if n < _WITNESSES[-1] + 1:
        return n in _WITNESSES
    if any(n % p == 0 for p in _WITNESSES):
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(n, witness, odd, twos) for witness in _WITNESSES)


def _passes(n: int, witness: int, odd: int, twos: int) -> bool:
    x = pow(witness, odd, n)
    if x in (1, n - 1):
        return True
    for _ in range(twos - 1):
        x = x * x % n
        if x == n - 1:
            return True
    return False
