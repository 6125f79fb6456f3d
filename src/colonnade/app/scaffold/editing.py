"""Changes in a product's `product.py` and `policy.py`: parsed, changed at one place, parsed again.

What is written in another way than expected is refused, with what to add by hand.
"""

from __future__ import annotations

import ast
import re

from colonnade.app.scaffold.errors import Refused

__all__ = ["add_permissions", "add_slice", "find_prefix", "full_roles", "write_import"]

WIDTH = 110


def write_import(module: str, name: str, alias: str = "") -> str:
    """Return `from module import name as alias`, wrapped as the formatter does where it is too long for a line."""
    what = f"{name} as {alias}" if alias else name
    line = f"from {module} import {what}"
    return line if len(line) <= WIDTH else f"from {module} import (\n    {what},\n)"


def add_slice(source: str, package: str, name: str, constant: str) -> str:
    """Return `product.py` with `constant` at the end of the product's slices, and its import. Raise Refused."""
    module = f"{package}.{name}.slice"
    by_hand = (
        f"Add `{write_import(module, 'SLICE', constant)}` and {constant} to the slices of product.py by hand."
    )
    tree = _parse(source, "product.py")
    if constant in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}:
        raise Refused(f"product.py has something called {constant} already: choose another name.")
    slices = _keyword(_product_call(tree, by_hand), "slices")
    if not isinstance(slices, ast.List):
        raise Refused(f"The slices of product.py are not written as a list. {by_hand}")
    changed = _insert(source, slices, [constant], by_hand)
    changed = _insert_import(changed, package, module, constant, by_hand)
    added = _keyword(_product_call(_parse(changed, "product.py"), by_hand), "slices")
    assert isinstance(added, ast.List)
    assert ast.unparse(added.elts[-1]) == constant
    return changed


def add_permissions(source: str, permissions: dict[str, str]) -> str:
    """Return `policy.py` with further permissions, each with its explanation, at the end. Raise Refused."""
    lines = [f'"{name}": "{text}"' for name, text in permissions.items()]
    by_hand = f"Add {', '.join(lines)} to the permissions of policy.py by hand."
    known = _permissions(_parse(source, "policy.py"), by_hand)
    for key in known.keys:
        if isinstance(key, ast.Constant) and key.value in permissions:
            raise Refused(f"policy.py has the permission {key.value} already: choose another name.")
    changed = _insert(source, known, lines, by_hand)
    again = _permissions(_parse(changed, "policy.py"), by_hand)
    assert {ast.literal_eval(key) for key in again.keys[-len(lines) :] if key is not None} == set(permissions)
    return changed


def full_roles(source: str) -> list[str]:
    """Return the roles that policy.py gives all permissions, future ones too. Raise Refused where there is none."""
    by_hand = 'Write them as Policy(PERMISSIONS, {"admin": PERMISSIONS, …}).'
    call = _policy_call(_parse(source, "policy.py"), by_hand)
    everything, roles = call.args[0], call.args[1] if len(call.args) > 1 else None
    if not isinstance(everything, ast.Name) or not isinstance(roles, ast.Dict):
        raise Refused(f"The roles of policy.py are written in a way that is not understood. {by_hand}")
    found = [
        str(role.value)
        for role, names in zip(roles.keys, roles.values, strict=True)
        if isinstance(role, ast.Constant) and isinstance(names, ast.Name) and names.id == everything.id
    ]
    if not found:
        raise Refused(
            f"No role of policy.py has all permissions, so nobody could use the new routes. {by_hand}"
        )
    return found


def find_prefix(source: str) -> str | None:
    """Return the prefix of the product's addresses, or None where product.py writes no literal. Raise Refused."""
    given = _keyword(_product_call(_parse(source, "product.py"), ""), "prefix")
    if given is None:
        return ""
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _parse(source: str, file: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise Refused(f"{file} is no valid Python: {error.msg}, line {error.lineno}.") from None


def _value_of(tree: ast.Module, name: str) -> ast.expr | None:
    """Return the expression that the module assigns to `name`."""
    for node in tree.body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    return None


def _call_of(tree: ast.Module, name: str, function: str) -> ast.Call | None:
    match _value_of(tree, name):
        case ast.Call(func=ast.Name(id=called)) as call if called == function:
            return call
    return None


def _product_call(tree: ast.Module, by_hand: str) -> ast.Call:
    call = _call_of(tree, "PRODUCT", "Product")
    if call is None:
        raise Refused(f"product.py has no `PRODUCT = Product(…)`. {by_hand}")
    return call


def _policy_call(tree: ast.Module, by_hand: str) -> ast.Call:
    call = _call_of(tree, "POLICY", "Policy")
    if call is None or not call.args:
        raise Refused(f"policy.py has no `POLICY = Policy(…)`. {by_hand}")
    return call


def _permissions(tree: ast.Module, by_hand: str) -> ast.Dict:
    value: ast.expr | None = _policy_call(tree, by_hand).args[0]
    if isinstance(value, ast.Name):
        value = _value_of(tree, value.id)
    if not isinstance(value, ast.Dict):
        raise Refused(f"The permissions of policy.py are not written as a dictionary. {by_hand}")
    return value


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _insert(source: str, node: ast.List | ast.Dict, added: list[str], by_hand: str) -> str:
    """Return `source` with elements at the end of a list or dictionary, one element per line. Raise Refused."""
    start, end = _offset(source, node.lineno, node.col_offset), _end(source, node)
    last = node.elts[-1:] if isinstance(node, ast.List) else node.values[-1:]
    opening, closing = source[start], source[end - 1]
    indent = re.match(r"\s*", source.splitlines()[node.lineno - 1])
    assert indent is not None
    step = indent[0] + "    "
    if node.lineno == node.end_lineno:
        elements = [*_elements(source, node), *added]
        body = "".join(f"{step}{element},\n" for element in elements)
        return f"{source[:start]}{opening}\n{body}{indent[0]}{closing}{source[end:]}"
    head, tail = source[: end - 1], source[end - 1 :]
    line = head.rfind("\n") + 1
    if head[line:].strip():
        raise Refused(
            f"The end of what is to be changed in line {node.end_lineno} is not understood. {by_hand}"
        )
    if last:
        after = _end(source, last[0])
        rest = re.sub(r"#[^\n]*", "", head[after:])
        if "," not in rest:
            head = f"{head[:after]},{head[after:]}"
            line += 1
    body = "".join(f"{step}{element},\n" for element in added)
    return f"{head[:line]}{body}{head[line:]}{tail}"


def _elements(source: str, node: ast.List | ast.Dict) -> list[str]:
    if isinstance(node, ast.List):
        return [ast.get_source_segment(source, element) or "" for element in node.elts]
    return [
        f"{ast.get_source_segment(source, key) if key else '**'}{': ' if key else ''}"
        f"{ast.get_source_segment(source, value)}"
        for key, value in zip(node.keys, node.values, strict=True)
    ]


def _insert_import(source: str, package: str, module: str, constant: str, by_hand: str) -> str:
    """Return `source` with the slice's import among those of the package, in the order of the formatter."""
    imports = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith(f"{package}.")
        and not node.level
    ]
    if not imports:
        raise Refused(f"product.py imports nothing of {package}. {by_hand}")
    text = write_import(module, "SLICE", constant)
    for node in imports:
        if _order(node.module or "") > _order(module):
            at = _offset(source, node.lineno, 0)
            return f"{source[:at]}{text}\n{source[at:]}"
    at = _end(source, imports[-1])
    return f"{source[:at]}\n{text}{source[at:]}"


def _order(module: str) -> list[tuple[int, str]]:
    """Return the key by which the formatter sorts imports: numbers in names count as numbers."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", module) if part]


def _offset(source: str, line: int, column: int) -> int:
    """Return the index of a position in `source`; the parser counts columns in bytes."""
    lines = source.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())


def _end(source: str, node: ast.expr | ast.stmt) -> int:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return _offset(source, node.end_lineno, node.end_col_offset)
