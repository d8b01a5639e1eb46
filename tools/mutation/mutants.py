"""Makes the faults: every place in a module where one small change gives another program.

Rule kept: only what is executed is changed - no annotations, no docstrings, no names of messages - and each change is
one that a person could have typed.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutant:
    """One fault: where, and what stood there before and after."""

    path: str
    line: int
    number: int
    """Which of the module's faults it is, in the order of the tree."""
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.before}  ->  {self.after}"


Change = Callable[[], ast.AST]
"""Gives the node that is put in the place of another."""

_COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}


def mutants_of(root: Path, path: str) -> list[Mutant]:
    """All faults of a module."""
    tree = ast.parse((root / path).read_text(encoding="utf-8"))
    return [
        Mutant(path, getattr(node, "lineno", 0), number, _short(node), _short(change()))
        for number, (node, change) in enumerate(_changes(tree))
    ]


def source_of(root: Path, mutant: Mutant) -> str:
    """The module's source with the fault in it."""
    tree = ast.parse((root / mutant.path).read_text(encoding="utf-8"))
    node, change = list(_changes(tree))[mutant.number]
    changed = _Put(node, change()).visit(tree)
    return ast.unparse(ast.fix_missing_locations(changed))


class _Put(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old = old
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def _changes(tree: ast.Module) -> Iterator[tuple[ast.AST, Change]]:
    for node in _executed(tree):
        yield from _of(node)


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that do something, in the order of the tree."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_comment", "bases", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_text(child):
                continue
            if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
                continue
            if (
                isinstance(child, ast.Assign)
                and isinstance(child.value, (ast.Subscript, ast.BinOp))
                and _is_alias(child)
            ):
                continue
            yield child
            yield from _executed(child)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_alias(node: ast.Assign) -> bool:
    """`Choice = Literal[...]`, `State = Open | Closed`: types, which nothing executes."""
    target = node.targets[0]
    return isinstance(target, ast.Name) and target.id[:1].isupper() and not target.id.isupper()


def _of(node: ast.AST) -> Iterator[tuple[ast.AST, Change]]:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            for index, op in enumerate(ops):
                if (other := _COMPARE.get(type(op))) is not None:
                    new = [other() if at == index else each for at, each in enumerate(ops)]
                    yield node, lambda new=new: ast.Compare(left, new, comparators)
        case ast.BoolOp(op=op, values=values):
            yield node, lambda: ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield node, lambda: operand
        case ast.BinOp(left=left, op=op, right=right) if (other := _ARITHMETIC.get(type(op))) is not None:
            yield node, lambda: ast.BinOp(left, other(), right)
        case ast.Constant(value=bool() as value):
            yield node, lambda: ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield node, lambda: ast.Constant(value + 1)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in _NAMES:
            yield node, lambda: ast.Call(ast.Name(_NAMES[name], ast.Load()), args, keywords)
        case ast.If(body=body, orelse=orelse) | ast.IfExp(body=body, orelse=orelse):
            kind = type(node)
            for truth in (True, False):
                yield node, lambda truth=truth: kind(ast.Constant(truth), body, orelse)  # type: ignore[arg-type]
        case ast.Return(value=value) if value is not None and not _is_none(value):
            yield node, lambda: ast.Return(ast.Constant(None))
        case (
            ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.AugAssign() | ast.Raise() | ast.Continue()
        ):
            yield node, ast.Pass
        case ast.match_case(pattern=pattern, guard=guard, body=body) if guard is not None:
            yield node, lambda: ast.match_case(pattern, None, body)
        case _:
            return


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _short(node: ast.AST) -> str:
    shown = copy.copy(node)
    if isinstance(shown, ast.If):
        shown = ast.If(shown.test, [ast.Expr(ast.Constant(...))], [])
    if isinstance(shown, ast.match_case):
        shown = ast.match_case(shown.pattern, shown.guard, [ast.Expr(ast.Constant(...))])
    text = " ".join(ast.unparse(ast.fix_missing_locations(shown)).split())
    return text if len(text) <= 110 else text[:110] + " ..."
