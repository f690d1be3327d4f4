#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Roots of trust, books under four eyes, and rollouts, as head office types them."""
import json
import os
import pathlib
import subprocess
import sys

import cli

BOOKS = cli.SOURCE / "tools/books"
HUB = pathlib.Path(sys.argv[3]).resolve()


class CliTest(cli.CliTest):
    def setUp(self):
        super().setUp()
        self.store = self.here / "hub"
        self.make_store()

    def make_store(self):
        subprocess.run([HUB, "--set", f"store.path={self.store}", "--check"], check=True, stdout=subprocess.DEVNULL)

    def book(self, version, **changes):
        book = json.loads((BOOKS / "points.json").read_text())
        book.update(version=version, **changes)
        return self.write(f"book-{version}.json", json.dumps(book))

    def init(self, *signers):
        names = [word for name in signers for word in ("--signer", name)]
        return self.ok("key", "init", "--tenant", "corner", *names, "-o", "keys")

    def sign(self, version, *signers, root="keys/root.kassa", book=None, options=()):
        source, target = book or self.book(version), f"signed-{version}"
        for name in signers:
            key = name if "/" in name else f"keys/{name}.private"
            self.ok("book", "sign", "--root", root, "-k", key, *(options if source != target else ()), "-o", target, source)
            source = target
        return target

    def publish(self, *words):
        return self.ok("book", "publish", *words, store=self.store)

    def status(self):
        return json.loads(self.ok("book", "status", "--json", store=self.store))


class Keys(CliTest):
    def test_init__makes_a_root_of_two_in_one_go(self):
        shown = self.init("anna", "ben")
        self.assertIn("rules     2 of 2: anna, ben", shown)
        self.assertIn("root      2 of 3: anna, ben, spare", shown)
        self.assertIn("timestamp 1 of 1: hub", shown)
        for name in ("anna", "ben", "spare", "hub"):
            self.assertEqual((self.here / f"keys/{name}.private").stat().st_mode & 0o777, 0o600, name)
        self.assertIn("signed by anna, ben; that is enough", self.ok("key", "show", "keys/root.kassa"))
        self.fails(1, "key", "init", "--tenant", "corner", "--signer", "anna", "-o", "keys")

    def test_init__of_one_signer_says_that_nobody_looks_over_his_shoulder(self):
        self.assertIn("One signer alone", self.init("anna"))
        self.ok("key", "publish", "keys/root.kassa", store=self.store)
        self.assertIn("published for all tills", self.publish(self.sign(1, "anna")))

    def test_draft__goes_from_desk_to_desk_until_enough_have_signed(self):
        for name in ("anna", "ben", "carl", "hub"):
            self.ok("key", "create", "-o", name)
        words = [f"--{role}={name}={name}.public" for role in ("root", "rules") for name in ("anna", "ben", "carl")]
        self.ok("key", "draft", "--tenant", "corner", *words, "--timestamp", "hub=hub.public", "-o", "root")
        self.assertIn("signed by nobody; 2 more must sign", self.ok("key", "show", "root"))
        self.assertIn("too few", self.fails(1, "key", "publish", "root", store=self.store))
        self.assertIn("1 more must sign", self.ok("key", "sign", "-k", "carl.private", "root"))
        self.ok("key", "sign", "-k", "carl.private", "root")
        self.assertIn("too few", self.fails(1, "key", "publish", "root", store=self.store))
        self.ok("key", "sign", "-k", "anna.private", "-o", "root2", "root")
        self.assertIn("root 1 of corner is published", self.ok("key", "publish", "root2", store=self.store))
        listed = [json.loads(line) for line in self.ok("key", "list", "--json", store=self.store).splitlines()]
        self.assertEqual({row["name"]: row["roles"] for row in listed}["anna"], ["root", "rules"])

    def test_draft__refuses_roots_that_could_never_be_used(self):
        self.ok("key", "create", "-o", "anna")
        self.ok("key", "create", "-o", "phone")
        both = ["--root", "anna=anna.public", "--root", "anna/phone=phone.public"]
        said = self.fails(2, "key", "draft", "--tenant", "corner", *both, "--root-threshold", "2", "-o", "root")
        self.assertIn("2 persons must sign, and 1 hold keys", said)
        self.assertIn("nobody may sign roots", self.fails(2, "key", "draft", "--tenant", "corner", "--rules", "anna=anna.public", "-o", "root"))
        self.fails(1, "key", "draft", "--tenant", "corner", "--root", "anna=anna.public", "--root", "ben=anna.public", "-o", "root")
        self.fails(2, "key", "draft", "--tenant", "corner", "--root", "anna", "-o", "root")
        self.fails(2, "key", "draft", "--tenant", "Corner!", "--root", "anna=anna.public", "-o", "root")
        self.ok("key", "draft", "--tenant", "corner", "--root", "anna=anna.public", "-o", "root")
        self.ok("key", "sign", "-k", "anna.private", "root")
        self.assertIn("--timestamp", self.fails(1, "key", "publish", "root", store=self.store))

    def test_rotate__wants_the_signatures_of_both_roots(self):
        self.init("anna", "ben")
        self.ok("key", "publish", "keys/root.kassa", store=self.store)
        self.publish(self.sign(1, "anna", "ben"))
        self.ok("key", "create", "-o", "carl")
        self.assertIn("2 persons must sign, and 1 hold keys", self.fails(2, "key", "revoke", "keys/root.kassa", "ben", "-o", "next"))
        self.ok("key", "rotate", "keys/root.kassa", "--remove", "ben", "--root", "carl=carl.public", "--rules", "carl=carl.public", "-o", "next")
        self.ok("key", "sign", "-k", "carl.private", "next")
        self.ok("key", "sign", "-k", "keys/anna.private", "next")  # enough of the new ones, one of the old
        self.assertIn("too few", self.fails(1, "key", "publish", "next", store=self.store))
        shown = self.ok("key", "sign", "-k", "keys/spare.private", "--before", "keys/root.kassa", "next")
        self.assertIn("of root 1: signed by anna, spare (and 1 that do not count); that is enough", shown)
        self.assertIn("Sign it anew", self.ok("key", "publish", "next", store=self.store))
        self.assertIn("no till would take it", self.fails(1, "book", "publish", self.sign(2, "anna", "ben"), store=self.store))
        self.publish(self.sign(3, "anna", "./carl.private", root="next"))
        self.fails(1, "key", "publish", "keys/root.kassa", store=self.store)

    def test_rotate__counts_books_from_where_it_says(self):
        self.init("anna", "ben")
        self.ok("key", "publish", "keys/root.kassa", store=self.store)
        self.assertIn("counted from 50", self.ok("key", "rotate", "keys/root.kassa", "--books-from", "50", "-o", "next"))
        for name in ("anna", "ben"):
            self.ok("key", "sign", "-k", f"keys/{name}.private", "next")
        self.ok("key", "publish", "next", store=self.store)
        self.assertIn('raise "version"', self.fails(1, "book", "publish", self.sign(50, "anna", "ben"), store=self.store))
        self.publish(self.sign(51, "anna", "ben"))

    def test_create__locks_a_key_under_a_passphrase(self):
        self.write("passphrase", "four words of mine\n")
        self.write("other", "four words of yours\n")
        os.environ["KASSA_PASSPHRASE_FILE"] = str(self.here / "passphrase")
        self.addCleanup(os.environ.pop, "KASSA_PASSPHRASE_FILE")
        self.ok("key", "create", "--lock", "-o", "anna")
        self.assertTrue((self.here / "anna.private").read_text().startswith("kassa-key-1 "))
        self.assertEqual((self.here / "anna.private").stat().st_mode & 0o777, 0o600)
        self.ok("key", "draft", "--tenant", "corner", "--root", "anna=anna.public", "-o", "root")
        self.assertIn("that is enough", self.ok("key", "sign", "-k", "anna.private", "root"))
        os.environ["KASSA_PASSPHRASE_FILE"] = str(self.here / "other")
        self.assertIn("another passphrase", self.fails(1, "key", "sign", "-k", "anna.private", "root"))
        self.write("other", "short\n")
        self.assertIn("too short", self.fails(2, "key", "create", "--lock", "-o", "ben"))

    def test_sign__refuses_a_key_that_does_not_count(self):
        self.init("anna", "ben")
        self.ok("key", "create", "-o", "dora")
        self.assertIn("no key of this root", self.fails(2, "key", "sign", "-k", "dora.private", "keys/root.kassa"))
        said = self.fails(2, "book", "sign", "--root", "keys/root.kassa", "-k", "keys/spare.private", "-o", "signed", self.book(1))
        self.assertIn("may not sign books", said)


class FourEyes(CliTest):
    def setUp(self):
        super().setUp()
        self.init("anna", "ben")
        self.ok("key", "publish", "keys/root.kassa", store=self.store)

    def test_verify__says_who_signed_and_how_many_are_missing(self):
        self.sign(1, "anna")
        run = self.kassa("book", "verify", "--root", "keys/root.kassa", "signed-1")
        self.assertEqual(run.code, 1)
        self.assertIn("signed by anna; 1 more must sign", run.out)
        self.ok("book", "sign", "-k", "keys/ben.private", "signed-1")
        self.assertIn("signed by anna, ben; that is enough", self.ok("book", "verify", "--root", "keys/root.kassa", "signed-1"))

    def test_sign__adds_to_what_the_first_one_signed_and_changes_nothing(self):
        self.sign(1, "anna")
        self.assertIn("cannot change", self.fails(2, "book", "sign", "-k", "keys/ben.private", "--until", "2030-01-01", "signed-1"))
        signed = (self.here / "signed-1").read_bytes()
        self.write("signed-1", signed[:-1] + bytes([signed[-1] ^ 1]))
        self.assertIn("was changed", self.fails(1, "book", "sign", "-k", "keys/ben.private", "signed-1"))

    def test_sign__tells_of_terms_under_which_no_till_takes_the_book(self):
        def sign(*terms):
            return self.kassa("book", "sign", "--root", "keys/root.kassa", "-k", "keys/anna.private", "-o", "signed", self.book(1), *terms)
        over = sign("--until", "2020-01-01")
        self.assertEqual((over.code, over.err), (0, "kassa: --until 2020-01-01 is over: no till will take this book\n"))
        self.assertEqual(sign("--from", "2999-01-02", "--until", "2999-01-02").err, "")
        for terms, words in ((("--from", "2999-01-02", "--until", "2999-01-01"), "--until 2999-01-01 is before --from 2999-01-02"),
                             (("--discount-max", "0"), "--discount-max is out of range")):
            run = sign(*terms)
            self.assertEqual(run.code, 2)
            self.assertIn(words, run.err)

    def test_publish__refuses_what_no_till_would_take_and_uses_up_no_version(self):
        self.ok("key", "init", "--tenant", "corner", "--signer", "x", "--signer", "y", "-o", "theirs")
        for make, words in ((lambda: self.sign(5, "anna"), "too few"),
                            (lambda: self.sign(5, "anna", "ben", options=("--until", "2020-01-01")), "over"),
                            (lambda: self.sign(5, "anna", "ben", options=("--tenant", "other")), "chain"),
                            (lambda: self.sign(5, "theirs/x.private", "theirs/y.private", root="theirs/root.kassa"), "too few"),
                            (lambda: self.sign(20000, "anna", "ben"), "10,000")):
            said = self.fails(1, "book", "publish", make(), store=self.store)
            self.assertIn("no till would take it", said)
            self.assertIn(words, said)
        signed = (self.here / self.sign(5, "anna", "ben")).read_bytes()
        self.write("changed", signed[:-1] + bytes([signed[-1] ^ 1]))
        self.assertIn("changed after it was signed", self.fails(1, "book", "publish", "changed", store=self.store))
        self.assertEqual(self.status()["state"], "none")
        self.assertIn("version 5 is published", self.publish("signed-5"))  # it was not used up
        self.assertIn('raise "version"', self.fails(1, "book", "publish", "signed-5", store=self.store))


class Rollout(CliTest):
    def setUp(self):
        super().setUp()
        self.init("anna", "ben")
        self.ok("key", "publish", "keys/root.kassa", store=self.store)
        self.publish(self.sign(1, "anna", "ben"))

    def test_rollout__grows_step_by_step(self):
        self.assertIn("for 1 % of the tills", self.publish("--share", "1", self.sign(2, "anna", "ben")))
        self.assertEqual((self.status()["share_bp"], self.status()["previous"], self.status()["state"]), (100, 1, "running"))
        for wrong in ("0", "0.5.5", "101", "0.999", "x", ""):
            self.fails(2, "book", "rollout", wrong, store=self.store)
        self.ok("book", "rollout", "33.34", store=self.store)
        self.assertEqual(self.status()["share_bp"], 3334)
        self.assertIn("only grows", self.fails(2, "book", "rollout", "10", store=self.store))
        self.assertIn("still being rolled out", self.fails(2, "book", "publish", self.sign(3, "anna", "ben"), store=self.store))
        self.ok("book", "rollout", "100", store=self.store)
        self.assertEqual(self.status()["state"], "complete")
        self.publish("signed-3")

    def test_rollout__in_timed_steps_names_the_next_one(self):
        self.assertIn("1 % of the tills, then 10 %, 100 % each 24 hours",
                      self.publish("--share", "1", "--steps", "10,100", "--every", "24", self.sign(2, "anna", "ben")))
        self.assertIn("next: 10 % on ", self.ok("book", "status", store=self.store))
        for wrong in (["--steps", "1,10"], ["--steps", "10,5"], ["--every", "24"], ["--steps", "50,", "--every", "0"]):
            self.fails(2, "book", "rollout", "20", *wrong, store=self.store)

    def test_halt__holds_until_somebody_says_again(self):
        self.publish("--share", "10", self.sign(2, "anna", "ben"))
        self.ok("book", "halt", "--reason", "prices of fruit", store=self.store)
        self.assertIn("HALTED by hand at 10 %", self.ok("book", "status", store=self.store))
        self.assertIn("prices of fruit", self.ok("book", "status", store=self.store))
        self.assertIn("halted", self.fails(2, "book", "rollout", "50", store=self.store))
        self.ok("book", "rollout", "50", "--again", store=self.store)
        self.assertEqual(self.status()["state"], "running")

    def test_rollback__puts_the_book_before_in_force_and_the_next_one_goes_on_from_there(self):
        self.publish("--share", "10", self.sign(2, "anna", "ben"))
        self.assertIn("version 1 stands for all tills", self.ok("book", "rollback", store=self.store))
        self.assertEqual((self.status()["state"], self.status()["withdrawn"]), ("rolled_back", [2]))
        self.assertIn("rolled back already", self.kassa("book", "rollback", store=self.store).err)
        self.assertIn("rolled back", self.kassa("book", "rollout", "100", store=self.store).err)
        self.publish("--share", "10", self.sign(3, "anna", "ben"))
        self.assertEqual((self.status()["previous"], self.status()["withdrawn"]), (1, [2]))

    def test_publish__after_a_halt_withdraws_what_was_halted(self):
        self.publish("--share", "10", self.sign(2, "anna", "ben"))
        self.ok("book", "halt", store=self.store)
        self.publish("--share", "10", self.sign(3, "anna", "ben"))
        self.assertEqual((self.status()["book"], self.status()["previous"], self.status()["withdrawn"]), (3, 1, [2]))

    def test_rollback__of_the_only_book_is_refused(self):
        self.store = self.here / "fresh"
        self.make_store()
        self.ok("key", "publish", "keys/root.kassa", store=self.store)
        self.fails(3, "book", "rollback", store=self.store)
        self.fails(3, "book", "halt", store=self.store)
        self.fails(3, "book", "rollout", "100", store=self.store)
        self.assertIn("no book was published", self.ok("book", "status", store=self.store))
        self.publish("signed-1")
        self.fails(3, "book", "rollback", store=self.store)


cli.main()
