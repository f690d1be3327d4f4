# SPDX-License-Identifier: Apache-2.0
"""The demo's tour: what offers, points and limits do, shown with figures through the tills' local API.

Each step is a function that gives back its figures, or raises ShopError with what differed. The sums that the tour moved
are in Tour.sums, in the words of the shoppers' summary. It needs tools/books/supermarket.json as the book in force.
"""
import threading

from shop import ShopError, wait_until

CARD = "2999999000017"  # none of the neighbourhood's
SHOWN = {"number": CARD, "read": "scan"}  # a number that was typed may earn, and not pay
EARLY_BIRDS, EARLY_BIRDS_MOST = "early-birds", 20  # uses in a day in the whole chain
DEAL = "pantry-4-for-5"
ALLOWANCE = 500  # points of a card in a day without a line, as the book has it
GOODS = {  # sku: what the pages call it, category, price
    "CROISSANT": ("Croissant", "bakery", "0.99"), "JUICE-ORANGE": ("Orange juice 1 l", "drinks", "2.49"),
    "YOGURT-4": ("Yoghurt 4 pack", "dairy", "2.39"), "CHOC-DARK": ("Dark chocolate 100 g", "sweets", "1.99"),
    "CHICKEN": ("Chicken fillet", "meat", "7.49"), "CAKE-CARROT": ("Carrot cake", "bakery", "8.90"),
    "HONEY": ("Honey 400 g", "pantry", "5.49"), "RICE": ("Rice 1 kg", "pantry", "2.29"),
    "BUCKWHEAT": ("Buckwheat 800 g", "pantry", "2.19"), "PASTA": ("Pasta 500 g", "pantry", "1.19"),
}


class Tour:
    def __init__(self, shop):
        self.shop = shop
        self.first, self.last = shop.tills[0], shop.tills[-1]
        self.lock = threading.Lock()
        self.sums = {"purchases": 0, "returns": 0, "sales_minor": 0, "returns_minor": 0, "points_tills": 0}
        self.number = 0

    def key(self):
        with self.lock:
            self.number += 1
            return f"tour-{self.number}"

    def count(self, recorded):
        kind = "returns" if recorded["kind"] == "return" else "purchases"
        points = recorded["points"] or {"earned": 0, "burned": 0}
        with self.lock:
            self.sums[kind] += 1
            self.sums["returns_minor" if kind == "returns" else "sales_minor"] += recorded["total_minor"]
            self.sums["points_tills"] += points["earned"] - points["burned"]


def expect(what, got, wanted):
    if got != wanted:
        raise ShopError(f"the tour: {what}: {got}, not {wanted}")


def ask(till, method, path, body=None, key=None, status=200):
    code, answer = till.call(method, path, body, key)
    expect(f"{till.name} {method} {path} answers ({answer})", code, status)
    return answer


def lines_of(goods):
    return [{"sku": sku, "description": GOODS[sku][0], "categories": [GOODS[sku][1]], "quantity": str(quantity), "unit_price": GOODS[sku][2]}
            for sku, quantity in goods]


def put(tour, till, goods, **more):
    return ask(till, "PUT", "/v1/basket", {"basket": tour.key(), "lines": lines_of(goods), **more})


def try_commit(tour, till, basket):
    code, answer = till.call("POST", "/v1/basket/commit", {"basket": basket, "tenders": [{"kind": "card"}]}, tour.key())
    if code == 201:
        tour.count(answer)
    return code, answer


def commit(tour, till, basket):
    code, answer = try_commit(tour, till, basket)
    expect(f"{till.name} commits ({answer})", code, 201)
    return answer


def bring_back(tour, till, receipt, lines):
    answer = ask(till, "POST", "/v1/returns", {"original": receipt, "lines": [{"line": n, "quantity": q} for n, q in lines]},
                 tour.key(), 201)
    tour.count(answer)
    return -answer["total_minor"]


def is_given(basket, name):
    return any(offer["offer"] == name and offer["given"] for offer in basket["offers"])


# ---- a limit of N, all tills at once

def sell_while_given(tour, till, given, faults):
    """Sale after sale until this till sees that none is left. An answer of 409: head office had none, the price is another."""
    try:
        basket = put(tour, till, [("HONEY", 1)])
        while is_given(basket, EARLY_BIRDS):
            code, answer = try_commit(tour, till, basket["basket"])
            if code == 201:
                given.append(till.name)
            else:
                expect(f"{till.name} commits ({answer})", code, 409)
                sold = commit(tour, till, basket["basket"])
                expect("a sale costs more without the offer", sold["total_minor"] > basket["total_minor"], True)
            basket = put(tour, till, [("HONEY", 1)])
        ask(till, "DELETE", "/v1/basket")
    except (ShopError, OSError) as error:
        faults.append(error)


def uses_at_hub(shop):
    rows = [row for row in shop.limits() if row["offer"] == EARLY_BIRDS]
    return sum(row["used"] for row in rows)


def limit_of_n(tour):
    """The offer for the first twenty of the day: all tills take it at once, before the shoppers come."""
    given, faults = [], []
    threads = [threading.Thread(target=sell_while_given, args=(tour, till, given, faults)) for till in tour.shop.tills]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    expect("given of a limit", len(given), EARLY_BIRDS_MOST)
    tour.shop.wait_synced()
    expect("uses of the limit at the hub", uses_at_hub(tour.shop), EARLY_BIRDS_MOST)
    return {"offer": EARLY_BIRDS, "most": EARLY_BIRDS_MOST, "given": len(given), "at_hub": EARLY_BIRDS_MOST,
            "tills": len(tour.shop.tills), "sales": tour.sums["purchases"]}


# ---- a deal of which a part comes back

def part_of_a_deal(tour):
    basket = put(tour, tour.first, [("RICE", 2), ("BUCKWHEAT", 1), ("PASTA", 1)])
    expect(f"{DEAL} is given", is_given(basket, DEAL), True)
    sold = commit(tour, tour.first, basket["basket"])
    tour.shop.wait_synced()  # any till may take it back: head office knows the receipt
    part = bring_back(tour, tour.last, sold["receipt"], [(2, "1")])
    expect("what is paid back for one unit", part, basket["lines"][1]["net_minor"])
    tour.shop.wait_synced()
    rest = bring_back(tour, tour.last, sold["receipt"], [(1, "2"), (3, "1")])
    expect("what is left of a deal that came back whole", sold["total_minor"] - part - rest, 0)
    return {"offer": DEAL, "gross_minor": basket["gross_minor"], "sold_minor": sold["total_minor"], "sku": "BUCKWHEAT",
            "price_minor": basket["lines"][1]["amount_minor"], "paid_back_minor": part, "rest_paid_back_minor": rest, "left_minor": 0}


# ---- points without a line

def knows_points(till, points):
    """Whether the till has the member's points, and from head office: with them comes what may be burned without a line."""
    member = till.call("POST", "/v1/cards", {"number": CARD, "read": "scan"})[1].get("member")
    ask(till, "DELETE", "/v1/member")
    return member and member["points"] == points and member["allowance_points"] > 0


def wait_points(tour, points):
    for till in tour.shop.tills:
        wait_until(f"{till.name} knows of {points} points", lambda: knows_points(till, points), 20, every=0.1)  # each is a visit


def wait_line(tour, connected):
    for till in tour.shop.tills:
        wait_until(f"{till.name}'s line", lambda: till.status()["sync"]["connected"] == connected, 20)


def enrol(tour):
    ask(tour.first, "DELETE", "/v1/member")
    member = ask(tour.first, "POST", "/v1/members", {"card": SHOWN, "first_name": "Ada", "language": "en", "consents": [
        {"purpose": "personal_offers", "given": True, "version": 1}]}, tour.key(), 201)["member"]
    ask(tour.first, "DELETE", "/v1/member")
    return member


def earn(tour):
    """Cakes for a whole village."""
    basket = put(tour, tour.first, [("CAKE-CARROT", 150)], card=SHOWN)
    earned = commit(tour, tour.first, basket["basket"])["points"]["earned"]
    tour.shop.wait_synced()
    wait_points(tour, earned)
    return earned


def burn_offline(tour, points, more):
    """More than the allowance is refused, the allowance is burned, and then nothing more."""
    till = tour.last
    basket = put(tour, till, [("CAKE-CARROT", 5)], card=SHOWN, burn_points=more)
    expect("the allowance", basket["member"]["allowance_points"], ALLOWANCE)
    refused = basket["burn"].get("refused", "")
    expect(f"why {more} of {points} points are not burned", refused, "allowance")
    code, answer = try_commit(tour, till, basket["basket"])
    expect("a sale that burns too much answers", code, 422)
    basket = ask(till, "PUT", "/v1/basket/burn", {"points": ALLOWANCE})
    value = basket["burn"]["value_minor"]
    sold = commit(tour, till, basket["basket"])
    expect("points burned without a line", sold["points"]["burned"], ALLOWANCE)
    basket = put(tour, till, [("CAKE-CARROT", 5)], card=SHOWN, burn_points=100)
    expect("why 100 more are not burned", basket["burn"].get("refused", ""), "allowance")
    ask(till, "DELETE", "/v1/basket")
    ask(till, "DELETE", "/v1/member")
    return {"allowance": ALLOWANCE, "burned": ALLOWANCE, "value_minor": value, "earned": sold["points"]["earned"],
            "refused_points": more, "refused": refused, "message": answer["message"]}


def wait_arbiter(tour, till):
    """Until what the till is about to give is set aside by the store's own arbiter: it grants nothing in its first ten seconds, and a till
    that has not joined it gives within its own allowance."""
    said = {}

    def is_by_store():
        basket = put(tour, till, [("CAKE-CARROT", 5)], card=SHOWN, burn_points=100)
        code, answer = till.call("POST", "/v1/basket/reserve", {"basket": basket["basket"]})
        ask(till, "DELETE", "/v1/basket")
        ask(till, "DELETE", "/v1/member")
        said.update(status=code, answer=answer)
        return code == 200 and answer["by"] == "store"

    try:
        wait_until(f"the store's arbiter grants to {till.name}", is_by_store, 60, every=0.2)
    except ShopError as error:
        raise ShopError(f"{error}; the last answer was {said}") from error


def burn_again(tour):
    """What one till has burned the other one refuses, over the store's own broker, and says who did."""
    till = tour.first
    basket = put(tour, till, [("CAKE-CARROT", 5)], card=SHOWN, burn_points=100)
    code, answer = try_commit(tour, till, basket["basket"])
    expect(f"a balance that was spent at {tour.last.name} ({answer})", (code, answer.get("field")), (409, "burn_points"))
    expect(f"who spent it ({answer['message']})", f"at {tour.last.name}" in answer["message"], True)
    ask(till, "DELETE", "/v1/basket")
    ask(till, "DELETE", "/v1/member")
    return {"at": tour.last.name, "again_at": till.name, "allowance": ALLOWANCE, "given": ALLOWANCE, "refused": 100,
            "message": answer["message"]}


def points_offline(tour):
    member = enrol(tour)
    points = earn(tour)
    tour.shop.broker.stop()
    wait_line(tour, False)
    if tour.shop.store_broker:
        wait_arbiter(tour, tour.last)
        wait_arbiter(tour, tour.first)
    burned = burn_offline(tour, points, ALLOWANCE + 100)
    if tour.shop.store_broker:
        burned["store"] = burn_again(tour)
    tour.shop.start_broker()
    tour.shop.wait_synced()
    left = points - burned["burned"] + burned["earned"]
    wait_points(tour, left)
    expect("points at the hub", tour.shop.member(member)["points"], left)
    return {"points": points, **burned, "left_at_tills": left, "left_at_hub": left}


# ---- near misses, and why not

def of_english(row):
    return {name: value for name, value in row.items() if name not in ("names", "messages", "version")} | {"name": row["names"]["en"]}


def two_reasons(basket, nearest):
    """Two offers that were not given, for unlike reasons; those first that say what is missing."""
    rows = [of_english(row) for row in basket["offers"] if not row["given"] and row["offer"] != nearest]
    by_reason = {}
    for row in sorted(rows, key=lambda row: "needs_milli" not in row and "needs_minor" not in row):
        by_reason.setdefault(row["reason"], row)
    expect("offers say why they were not given", len(by_reason) >= 2, True)
    return list(by_reason.values())[:2]


def near_miss(tour, stays):
    """What the kiosk tells the shopper and the cashier; the basket stays open for a person to see it, if it may."""
    basket = put(tour, tour.first, [("CROISSANT", 1), ("JUICE-ORANGE", 1), ("YOGURT-4", 1), ("CHOC-DARK", 2), ("CHICKEN", 4)],
                 card=SHOWN)
    if not basket["near_misses"]:
        raise ShopError("the tour: a basket that nearly reaches an offer has no near miss")
    nearest = basket["near_misses"][0]
    if not stays:
        ask(tour.first, "DELETE", "/v1/basket")
        ask(tour.first, "DELETE", "/v1/member")
    return {"basket": basket["basket"], "near_miss": of_english(nearest), "near_misses": len(basket["near_misses"]),
            "why_not": two_reasons(basket, nearest["offer"]), "kiosk": f"{tour.first.url}/kiosk", "cashier": f"{tour.first.url}/cashier"}


def after_the_shoppers(tour, stays):
    deal = part_of_a_deal(tour)
    points = points_offline(tour)
    return {"near_miss": near_miss(tour, stays), "deal": deal, "points": points}


# ---- in words

def money(minor):
    return f"{minor / 100:,.2f}"


def missing(row):
    if "missing_minor" in row:
        return f"{money(row['missing_minor'])} more"
    if "missing_milli" in row:
        return f"{row['missing_milli'] / 1000:g} more"
    return f"{row['missing_count']} more"


def reason(row):
    figures = ""
    if "needs_minor" in row:
        figures = f" (has {money(row['has_minor'])}, needs {money(row['needs_minor'])})"
    elif "needs_milli" in row:
        figures = f" (has {row['has_milli'] / 1000:g}, needs {row['needs_milli'] / 1000:g})"
    elif "needs_count" in row:
        figures = f" (has {row['has_count']}, needs {row['needs_count']})"
    return f"{row['name']!r}: {row['reason']}{figures}"


def print_tour(t):
    near, deal, points, limit = t["near_miss"], t["deal"], t["points"], t["limit"]
    worth = f" and save {money(near['near_miss']['value_minor'])}" if near["near_miss"].get("value_minor") else ""
    store = points.get("store")
    print(f"""
  Near miss           {missing(near['near_miss'])} for {near['near_miss']['name']!r}{worth}
  Why not             {reason(near['why_not'][0])}
                      {reason(near['why_not'][1])}
                      while the demo stays up, the same is at {near['kiosk']} and {near['cashier']}
  Part of a deal      {deal['offer']}: {money(deal['gross_minor'])} sold for {money(deal['sold_minor'])}; one of {money(deal['price_minor'])} returned: {money(deal['paid_back_minor'])} paid back, with the rest {money(deal['rest_paid_back_minor'])}: {money(deal['left_minor'])} left
  Points, no line     {points['points']} points: {points['refused_points']} refused ({points['refused']}), {points['burned']} burned for {money(points['value_minor'])}, then 100 refused; line back: {points['left_at_tills']} at the tills, {points['left_at_hub']} at the hub
  Limit of {limit['most']:<11}{limit['offer']}: {limit['sales']} sales at {limit['tills']} tills at once, {limit['given']} given, {limit['at_hub']} at the hub""", flush=True)
    if store:
        print(f"  Two tills, no line  {store['given']} of {store['allowance']} points burned at {store['at']}, {store['refused']} more refused at {store['again_at']} over the store's "
              f"own broker: {store['message']!r}", flush=True)
