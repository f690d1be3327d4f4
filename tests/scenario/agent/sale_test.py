# SPDX-License-Identifier: Apache-2.0
"""usage: sale_test.py KASSA-AGENT    Sales, returns and bad days at the real program."""
import random
import socket
import threading
import time

from till import Till, expect, line, run


def an_acknowledged_sale_is_known_after_any_kill():
    seed = random.randrange(1 << 32)
    rng = random.Random(seed)
    till = Till()
    acknowledged = {}
    with till:
        for round_number in range(6):
            stop = threading.Timer(rng.uniform(0.02, 0.25), till.kill)
            stop.start()
            sent = 0
            try:
                while till.process.poll() is None:
                    key = f"{round_number}/{sent}"
                    sent += 1
                    till.put(key, [line(price=f"{rng.randrange(1, 99)}.{rng.randrange(10, 99)}")])
                    status, answer = till.commit(key, key)
                    if status == 201:
                        acknowledged[key] = answer
            except OSError:
                pass
            stop.join()
            till.process.wait()
            till.log.close()
            till.start()
            for key, answer in acknowledged.items():
                expect(till.ask("GET", f"/v1/outcomes/{key}"), (200, answer), f"seed {seed}, outcome of {key}")
        numbers = sorted(answer["receipt"]["number"] for answer in acknowledged.values())
        expect(len(set(numbers)), len(numbers), f"seed {seed}, receipt numbers")
        if len(acknowledged) < 6:
            raise AssertionError(f"only {len(acknowledged)} sales were made")


def what_was_in_flight_is_sent_again_with_its_key_and_recorded_once():
    till = Till()
    with till:
        till.put("b1", [line()])
        _, first = till.commit("b1", "k1")
        till.kill()
        till.log.close()
        till.start()
        expect(till.status()["clean_start"], False, "clean_start")
        expect(till.commit("b1", "k1"), (201, first))
        expect(till.commit("b1", "k2")[0], 409, "a basket that was lost")
        expect(till.put("b2", [line()])[0], 200)
        expect(till.commit("b2", "k2")[1]["receipt"]["number"], 2, "number")
        expect(till.commit("b2", "k1")[1]["error"], "conflict")


def a_full_disk_is_told_and_changes_nothing():
    with Till(more="[journal]\nmap_mib = 1\n") as till:
        sold = 0
        status = 201
        while status == 201 and sold < 20000:
            lines = [line(f"article-{n}") for n in range(50)]
            till.put("b", lines)
            status, answer = till.commit("b", f"k{sold}")
            sold += status == 201
        expect((status, answer["error"]), (507, "full"))
        if not answer["message"].startswith("not recorded"):
            raise AssertionError(answer["message"])
        state = till.status()
        expect(state["session"]["state"], "open")
        expect(state["next_receipt"], sold + 1, "next receipt")
        expect(till.ask("GET", f"/v1/outcomes/k{sold}")[0], 404)
        expect(till.ask("GET", "/v1/basket")[1]["total_minor"], 5000, "the basket's total")


def an_orderly_stop_is_written_down():
    till = Till()
    with till:
        expect(till.stop(), 0, "exit code")
        till.log.close()
        till.start()
        expect(till.status()["clean_start"], True, "clean_start")


def a_return_of_every_line_ends_at_zero():
    with Till() as till:
        lines = [line(f"a{n}", str(n % 5 + 1), f"0.{n:03}") for n in range(1, 60)]
        till.put("b", lines)
        _, sale = till.commit("b", "sale")
        total = sale["total_minor"]
        for n, sold in enumerate(lines, 1):
            body = {"original": sale["receipt"], "lines": [{"line": n, "quantity": sold["quantity"]}]}
            status, answer = till.ask("POST", "/v1/returns", body, f"r{n}")
            expect(status, 201, str(answer))
            total += answer["total_minor"]
        expect(total, 0, "what is left")
        body = {"original": sale["receipt"], "lines": [{"line": 1, "quantity": "1"}]}
        status, answer = till.ask("POST", "/v1/returns", body, "again")
        expect((status, answer["field"]), (422, "lines[0].quantity"))


def tax_of(till, answer):
    return till.ask("GET", f"/v1/receipts/{answer['receipt']['number']}")[1]["tax_minor"]


def net_prices_are_paid_with_their_tax_and_end_at_zero_in_any_order():
    seed = random.randrange(1 << 32)
    rng = random.Random(seed)
    with Till(more="[till]\nprice_mode = net\ncash_rounding_minor = 5\n") as till:
        lines = [line(f"a{n}", str(rng.randint(1, 4)), f"{rng.randint(1, 30)}.{rng.randint(0, 99):02}",
                      tax_rate_bp=rng.choice([0, 500, 900, 2100])) for n in range(12)]
        till.put("b", lines)
        expect(till.ask("POST", "/v1/basket/suspend", {"basket": "b"})[0], 200, "suspend")
        status, basket = till.ask("POST", "/v1/basket/resume", {"basket": "b"})
        expect((status, basket["price_mode"]), (200, "net"), f"seed {seed}, resume")
        expect(basket["total_minor"], basket["gross_minor"] + basket["tax_minor"], f"seed {seed}, to pay")
        expect(sum(one["tax_minor"] for one in basket["lines"]), basket["tax_minor"], f"seed {seed}, tax of the lines")
        _, sale = till.commit("b", "sale")
        expect(sale["total_minor"], basket["total_minor"], f"seed {seed}, paid")
        money, tax = sale["total_minor"], tax_of(till, sale)
        pieces = [n for n, sold in enumerate(lines, 1) for _ in range(int(sold["quantity"]))]
        rng.shuffle(pieces)
        for i, n in enumerate(pieces):
            body = {"original": sale["receipt"], "lines": [{"line": n, "quantity": "1"}], "tenders": [{"kind": "card"}]}
            status, answer = till.ask("POST", "/v1/returns", body, f"r{i}")
            expect(status, 201, f"seed {seed}: {answer}")
            money, tax = money + answer["total_minor"], tax + tax_of(till, answer)
            if money < 0 or tax < 0:
                raise AssertionError(f"seed {seed}: {money} and {tax} are left after {i + 1} pieces")
        expect((money, tax), (0, 0), f"seed {seed}, what is left")


def gross_and_net_prices_do_not_stand_on_one_receipt():
    with Till() as till:
        till.ask("PUT", "/v1/basket", {"basket": "b", "price_mode": "net", "lines": [line(price="10.00", tax_rate_bp=2100)]})
        _, sale = till.commit("b", "sale")
        expect(sale["total_minor"], 1210, "with the tax on top")
        back = {"original": sale["receipt"], "lines": [{"line": 1, "quantity": "1"}]}
        exchange = {"basket": "x", "lines": [line("pot", "1", "5.00", tax_rate_bp=2100)], "return": back}
        status, answer = till.ask("PUT", "/v1/basket", exchange)
        expect((status, answer["field"]), (409, "return.original"), "gross for net")
        status, answer = till.ask("POST", "/v1/returns", {**back, "price_mode": "gross"}, "r")
        expect((status, answer["field"]), (409, "price_mode"), "a gross return")
        status, answer = till.ask("PUT", "/v1/basket", {**exchange, "price_mode": "net"})
        expect((status, answer["total_minor"]), (200, 605 - 1210), "net for net")
        expect(till.commit("x", "x")[1]["total_minor"], -605, "the exchange")


def two_thousand_lines_fit():
    with Till() as till:
        lines = [line(f"{n:06}", "3", "1.23", description="an article with a rather long description",
                      categories=["home", "candles"]) for n in range(2000)]
        status, answer = till.put("long", lines)
        expect((status, answer.get("total_minor")), (200, 738000))
        expect(till.commit("long", "k")[0], 201)
        expect(len(till.ask("GET", "/v1/receipts/1")[1]["lines"]), 2000, "lines")
        expect(till.put("longer", [line()] * 2049)[0], 413)


def each_card_is_an_event_at_once_without_waiting_for_another_call():
    with Till() as till:
        host = f"Host: 127.0.0.1:{till.port}\r\n"
        stream = socket.create_connection(("127.0.0.1", till.port), timeout=10)
        stream.sendall(f"GET /v1/events HTTP/1.1\r\n{host}\r\n".encode())
        read_until(stream, b"event: state")
        asking = socket.create_connection(("127.0.0.1", till.port))
        for n in range(300):
            number = ("2900000000018", "2900000000025")[n % 2]
            body = f'{{"number":"{number}"}}'
            request = f"POST /v1/cards HTTP/1.1\r\n{host}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            asking.sendall(request.encode())
            read_until(stream, b"event: member_unknown")
            read_until(asking, b'"book"')


def read_until(connection, text):
    read = b""
    while text not in read:
        part = connection.recv(65536)
        if not part:
            raise AssertionError(f"the agent hung up after {read[-200:]!r}")
        read += part


def a_suspended_basket_is_there_after_a_kill_until_it_is_paid():
    till = Till()
    with till:
        till.put("b1", [line(quantity="3")])
        expect(till.ask("POST", "/v1/basket/suspend", {"basket": "b1"})[0], 200)
        till.put("b2", [line()])
        expect(till.commit("b2", "k2")[0], 201)
        till.kill()
        till.log.close()
        till.start()
        waiting = till.ask("GET", "/v1/suspended")[1]["suspended"]
        expect([(one["basket"], one["total_minor"]) for one in waiting], [("b1", 300)])
        status, basket = till.ask("POST", "/v1/basket/resume", {"basket": "b1"})
        expect((status, basket["total_minor"]), (200, 300))
        expect(till.commit("b1", "k1")[0], 201)
        till.kill()
        till.log.close()
        till.start()
        expect(till.ask("GET", "/v1/suspended"), (200, {"suspended": []}))
        expect(till.ask("POST", "/v1/basket/resume", {"basket": "b1"})[0], 404)


run([an_acknowledged_sale_is_known_after_any_kill, what_was_in_flight_is_sent_again_with_its_key_and_recorded_once,
     a_full_disk_is_told_and_changes_nothing, an_orderly_stop_is_written_down, a_return_of_every_line_ends_at_zero,
     net_prices_are_paid_with_their_tax_and_end_at_zero_in_any_order, gross_and_net_prices_do_not_stand_on_one_receipt,
     two_thousand_lines_fit, a_suspended_basket_is_there_after_a_kill_until_it_is_paid, each_card_is_an_event_at_once_without_waiting_for_another_call])
