# SPDX-License-Identifier: Apache-2.0
"""The project's schemas (kassa.proto, crm.proto) as they stand: messages filled with values in every field, as bytes and as what
a reader must see of them. Reads as much of proto3 as they use."""
import re

SCALARS = {"bool", "bytes", "string", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64"}
BITS = {"uint32": 31, "sint32": 31, "fixed32": 31, "uint64": 62, "sint64": 62, "fixed64": 63}
LIST_MOST = 2


class Field:
    def __init__(self, kind, name, number, is_list, body_of):
        self.kind, self.name, self.number, self.is_list, self.body_of = kind, name, number, is_list, body_of
        self.size, self.count = 64, LIST_MOST


class Schema:
    def __init__(self, *paths):
        """Each file's messages are called <package>.<name>; its sizes stand in the .options beside it."""
        self.messages, self.enums = {}, set()
        for path in paths:
            self.read(path.read_text())
            self.read_sizes(path.with_suffix(".options").read_text())

    def read(self, text):
        text = re.sub(r"//.*", "", text)
        package = re.search(r"^package (\w+);", text, re.M)[1]
        self.enums |= {f"{package}.{name}" for name in re.findall(r"^enum (\w+)", text, re.M)}
        for name, body in re.findall(r"^message (\w+) \{(.*?)^\}", text, re.M | re.S):
            inside = re.search(r"oneof (\w+) \{(.*?)\}", body, re.S)
            fields = self.fields(package, body.replace(inside[0], "") if inside else body, None)
            self.messages[f"{package}.{name}"] = fields + (self.fields(package, inside[2], inside[1]) if inside else [])

    def fields(self, package, text, body_of):
        found = re.findall(r"(repeated )?([\w.]+) (\w+) = (\d+);", text)
        return [Field(kind if kind in SCALARS or "." in kind else f"{package}.{kind}", name, int(number), bool(listed), body_of)
                for listed, kind, name, number in found]

    def read_sizes(self, text):
        for message, name, rest in re.findall(r"^([\w.]+)\.(\w+) (.*)$", text, re.M):
            for field in self.messages[message]:
                if field.name == name:
                    sizes = dict(re.findall(r"(max_size|max_count):(\d+)", rest))
                    field.size = int(sizes.get("max_size", field.size))
                    field.count = min(LIST_MOST, int(sizes.get("max_count", field.count)))

    # ---- values: {name: value}, lists as lists; no field is left at its default

    def fill(self, dice, message, body=None, **given):
        """Of a message with a oneof the member `body`; the given ones as they are given (None: left out)."""
        value = {}
        for field in self.messages[message]:
            if field.body_of and field.name != body:
                continue
            if field.name in given:
                value[field.name] = given[field.name]
            elif field.is_list:
                value[field.name] = [self.draw(dice, field) for _ in range(dice.randint(1, field.count))]
            else:
                value[field.name] = self.draw(dice, field)
        return {name: one for name, one in value.items() if one is not None}

    def draw(self, dice, field):
        if field.kind in self.messages:
            return self.fill(dice, field.kind)
        if field.kind in self.enums or field.kind == "bool":
            return 1
        if field.kind == "bytes":
            return dice.randbytes(field.size)
        if field.kind == "string":
            return "".join(dice.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(min(field.size - 1, 12)))
        number = dice.randrange(1, 2 ** BITS[field.kind])
        return -number if field.kind.startswith("sint") and dice.randrange(2) else number

    # ---- as bytes

    def encode(self, message, value):
        return b"".join(self.encode_field(field, one) for field in self.messages[message] if field.name in value
                        for one in (value[field.name] if field.is_list else [value[field.name]]))

    def encode_field(self, field, value):
        if field.kind in self.messages or field.kind in ("bytes", "string"):
            body = self.encode(field.kind, value) if field.kind in self.messages else value.encode() if field.kind == "string" else value
            return varint(field.number << 3 | 2) + varint(len(body)) + body
        if field.kind.startswith("fixed"):
            size = int(field.kind[5:]) // 8
            return varint(field.number << 3 | (1 if size == 8 else 5)) + value.to_bytes(size, "little")
        return varint(field.number << 3) + (zigzag(value) if field.kind.startswith("sint") else varint(value))

    # ---- as JSON has them

    def unlike(self, message, value, shown, path=""):
        """Where what is shown is not what there is: [path]."""
        if not isinstance(shown, dict):
            return [path or message]
        wrong = []
        for field in self.messages[message]:
            if field.name in value:
                wrong += self.unlike_field(field, value[field.name], shown.get(field.name), f"{path}.{field.name}".lstrip("."))
        return wrong

    def unlike_field(self, field, value, shown, path):
        if not field.is_list:
            return self.unlike_one(field, value, shown, path)
        if not isinstance(shown, list) or len(shown) != len(value):
            return [path]
        return [where for n, (one, other) in enumerate(zip(value, shown)) for where in self.unlike_one(field, one, other, f"{path}[{n}]")]

    def unlike_one(self, field, value, shown, path):
        if field.kind in self.messages:
            return self.unlike(field.kind, value, shown, path)
        if field.kind in self.enums:  # by name where the reader has names
            return [] if shown == value or isinstance(shown, str) and shown else [path]
        wanted = f"{value:016x}" if field.kind == "fixed64" else value.hex() if field.kind == "bytes" else bool(value) if field.kind == "bool" else value
        return [] if shown == wanted else [path]

    def count(self, message, value):
        """Fields in all, those of messages within it too."""
        total = 0
        for field in self.messages[message]:
            for one in (value.get(field.name, []) if field.is_list else [value[field.name]] if field.name in value else []):
                total += self.count(field.kind, one) if field.kind in self.messages else 1
        return total


def varint(number):
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def zigzag(number):
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)
