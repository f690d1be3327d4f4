# SPDX-License-Identifier: Apache-2.0
"""What a file of real receipts adds up to, computed here from the file alone, without any code of Kassa's.

Each line is rounded half-up to the penny, away from zero for negative lines, as a till does.
"""
import csv
import lzma
from decimal import ROUND_HALF_UP, Decimal


def read(path, limit=0):
    """Receipts in the order of their first line: number -> (customer, [amount_minor])."""
    receipts = {}
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = row["InvoiceNo"]
            if number not in receipts:
                receipts[number] = (row["CustomerID"], [])
            amount = Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
            receipts[number][1].append(int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP)))
    numbers = list(receipts)[:limit or None]
    return {number: receipts[number] for number in numbers}


def totals(path, limit=0):
    out = {"purchases": 0, "returns": 0, "lines": 0, "sales_minor": 0, "returns_minor": 0, "all_minor": 0, "with_member_minor": 0}
    for number, (customer, amounts) in read(path, limit).items():
        is_return = number.startswith("C")
        total = sum(amounts)
        out["returns" if is_return else "purchases"] += 1
        out["returns_minor" if is_return else "sales_minor"] += total
        out["lines"] += len(amounts)
        out["all_minor"] += total
        out["with_member_minor"] += total if customer else 0
    return out
