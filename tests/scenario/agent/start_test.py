# SPDX-License-Identifier: Apache-2.0
"""usage: start_test.py KASSA-AGENT    What keeps the program from starting, and how it says so."""
import socket
import subprocess

from till import AGENT, Till, expect, run


def start_in_vain(till, *options):
    ended = subprocess.run([AGENT, "--config", till.settings, *options], capture_output=True, text=True, timeout=10)
    return ended.returncode, ended.stderr


def expect_refusal(till, code, *parts):
    got, said = start_in_vain(till)
    expect(got, code, f"exit code ({said.strip()})")
    for part in parts:
        if part not in said:
            raise AssertionError(f"says {said.strip()!r}, nothing of {part!r}")


def a_taken_port_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        expect_refusal(Till(port=port), 5, str(port))


def a_start_in_vain_leaves_nothing_behind():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        till = Till(port=port)
        for _ in range(3):
            expect(start_in_vain(till)[0], 5, "exit code")
        expect((till.folder / "pos.sock").exists(), False, "its socket")
    till.settings.write_text(till.settings.read_text().replace(f"port = {port}", "port = 0"))
    with till:
        expect(till.status()["journal"]["last_seq"], 1, "records after starts in vain and a good one")
    expect((till.folder / "pos.sock").exists(), False, "its socket after the end")


def anothers_socket_is_left_alone():
    with Till() as till:
        other = Till()
        other.settings.write_text(other.settings.read_text().replace(str(other.folder / "pos.sock"), str(till.folder / "pos.sock")))
        expect_refusal(other, 5, "pos.sock")
        expect((till.folder / "pos.sock").is_socket(), True, "the first one's socket")


def a_second_agent_on_the_same_journal_is_refused():
    with Till() as till:
        expect_refusal(till, 5, "journal")
        expect(till.status()["session"]["state"], "idle", "the first one")


def a_damaged_journal_is_refused_where_the_settings_say_so():
    till = Till(more="[journal]\non_damage = refuse\n")
    with till:
        till.stop()
        data = next(till.folder.glob("data/**/data.mdb"))
        files = list(till.folder.glob("data/**/data.mdb"))
        for file in files:
            file.write_bytes(b"x" * 8192)
        code, said = start_in_vain(till)
        expect(code, 4, f"exit code ({said.strip()}, {data})")


def each_fault_of_the_settings_names_line_and_bounds():
    rows = [
        ("[api]\nport = 70000\n", "api.port", "65535"),
        ("[api]\nprot = 1\n", "prot", "line"),
        ("[till]\ncurrency = euro\n", "currency", ""),
        ("[till]\nid = Till 1\n", "till.id", ""),
        ("[till]\ntime_zone = Nowhere/None\n", "time_zone", ""),
        ("[card]\nnumber_check = total\n", "number_check", "luhn"),
        ("[journal]\non_damage = ignore\n", "on_damage", "refuse"),
        ("[store_broker]\narbiter = yes\n", "store_broker.arbiter = yes needs store_broker.host", ""),
        ("nonsense\n", "line 1", ""),
    ]
    for text, *parts in rows:
        till = Till()
        kept = "\n".join(f"[{section}]" + body for section, body in sections(till) if f"[{section}]" not in text)
        till.settings.write_text(text + kept)
        code, said = start_in_vain(till)
        expect(code, 2, f"exit code for {text!r} ({said.strip()})")
        for part in parts:
            if part not in said:
                raise AssertionError(f"{text!r}: says {said.strip()!r}, nothing of {part!r}")


def all_faults_are_told_at_once():
    till = Till()
    text = till.settings.read_text()
    till.settings.write_text("[api]\nprot = 1\n[nonsense\n" + text.replace("[till]\n", "[till]\ncurrency = euros\nmember_s = 1\n", 1))
    checked = subprocess.run([AGENT, "--config", till.settings, "--set", "api.socket", "--check-config"], capture_output=True, text=True)
    expect(checked.returncode, 2, "exit code")
    for part in ("line 2: there is no setting api.prot; did you mean api.port?", "line 3: is neither", "till.member_s must be", "SECTION.NAME=VALUE"):
        if part not in checked.stderr:
            raise AssertionError(f"says {checked.stderr.strip()!r}, nothing of {part!r}")
    till = Till()
    till.settings.write_text(till.settings.read_text().replace("[till]\n", "[till]\ncurrency = euros\ntime_zone = Nowhere/None\n", 1))
    (till.folder / "pepper").unlink()
    checked = subprocess.run([AGENT, "--config", till.settings, "--check-config"], capture_output=True, text=True)
    for part in ("till.currency", "till.time_zone"):
        if part not in checked.stderr:
            raise AssertionError(f"says {checked.stderr.strip()!r}, nothing of {part!r}")


def what_is_no_readers_device_is_named_with_its_line():
    till = Till()
    text = till.settings.read_text() + "\n[reader]\ndevice = acr122_usb\n"
    for more in ("", "[reader.2]\ndevice = acr122\n"):
        till.settings.write_text(text + more)
        checked = subprocess.run([AGENT, "--config", till.settings, "--check-config"], capture_output=True, text=True)
        expect(checked.returncode, 2 if more else 0, f"exit code ({checked.stderr.strip()})")
    said = f"line {len(text.splitlines()) + 2}: reader.2.device must be as pn532_uart:/dev/ttyUSB0:115200, acr122_usb"
    expect(said in checked.stderr, True, f"{said!r} in {checked.stderr!r}")
    till.settings.write_text(text)
    checked = subprocess.run([AGENT, "--config", till.settings, "--set", "reader.2.device=pcsc:ACS", "--check-config"], capture_output=True, text=True)
    expect(checked.returncode, 0, f"exit code ({checked.stderr.strip()})")


def the_files_that_the_settings_name_are_checked_too():
    till = Till()
    (till.folder / "pepper").write_text("short\n")
    checked = subprocess.run([AGENT, "--config", till.settings, "--set", "book.root_file=/nowhere/root.kassa",
                              "--check-config"], capture_output=True, text=True)
    expect(checked.returncode, 2, f"exit code ({checked.stderr.strip()})")
    for part in ("pepper: must hold 64 hexadecimal digits", "/nowhere/root.kassa"):
        if part not in checked.stderr:
            raise AssertionError(f"says {checked.stderr.strip()!r}, nothing of {part!r}")


def without_settings_it_says_how_to_get_some():
    for words, said in (([], "--print-settings >"), (["--check-config"], "--print-settings >"), (["--config", "/nowhere.ini"], "/nowhere.ini: cannot be read"),
                        (["--config", "/tmp"], "/tmp: is a folder"), (["--what"], "usage:"), (["--help"], "2 usage or settings")):
        ended = subprocess.run([AGENT, *words], capture_output=True, text=True, timeout=10)
        expect(ended.returncode, {"--help": 0, "--config": 3}.get((words or [""])[0], 2), f"exit code of {words}")
        if said not in ended.stderr + ended.stdout:
            raise AssertionError(f"{words}: says {ended.stderr.strip()!r}, nothing of {said!r}")


def sections(till):
    for part in till.settings.read_text().split("[")[1:]:
        yield part.split("]", 1)


def a_missing_pepper_is_named():
    till = Till()
    (till.folder / "pepper").unlink()
    expect_refusal(till, 3, "pepper")


def a_pepper_that_anyone_may_read_is_refused():
    till = Till()
    (till.folder / "pepper").chmod(0o644)
    expect_refusal(till, 2, "pepper")


PROGRAMME = """[programme]
order = vas, ndef
[vas]
approved = yes
pass1 = pass.example.club
key1 = {key}
"""


def a_till_with_a_programme(text, mode=0o600):
    till = Till()
    till.programme = till.folder / "programme.ini"
    till.programme.write_text(text)
    till.programme.chmod(mode)
    till.settings.write_text(till.settings.read_text() + f"programme_file = {till.programme}\n")
    return till


def a_programme_with_a_fault_is_named_and_its_keys_are_not():
    key = "7" * 63
    till = a_till_with_a_programme(PROGRAMME.format(key=key))
    expect_refusal(till, 2, "programme.ini: line 6", "vas.key1")
    expect(key[:16] in start_in_vain(till)[1], False, "a key in what it says")
    checked = subprocess.run([AGENT, "--config", till.settings, "--check-config"], capture_output=True, text=True)
    expect(checked.returncode, 2, "exit code of the check")
    till.programme.write_text("[programme]\norder = ndef\nmagic = yes\n")
    expect_refusal(till, 2, "line 3", "programme.magic")
    till = a_till_with_a_programme(PROGRAMME.format(key="7" * 64), mode=0o604)
    expect_refusal(till, 2, "programme.ini", "chmod")


def a_programme_is_kept_sealed_and_its_file_can_go():
    key = "7" * 64
    till = a_till_with_a_programme(PROGRAMME.format(key=key))
    with till:
        expect("programme.sealed" in till.log_text(), True, "says that it is sealed")
    till.programme.unlink()
    with till:
        expect(till.status()["session"]["state"], "idle", "without its file")
    for file in (till.folder / "data").rglob("*"):
        expect(file.is_file() and (bytes.fromhex(key) in file.read_bytes() or key.encode() in file.read_bytes()), False,
               f"the key in clear in {file}")
    (till.folder / "data" / "programme.sealed").unlink()
    expect_refusal(till, 3, "programme.ini")


def printed_settings_can_be_read_again():
    printed = subprocess.run([AGENT, "--print-settings"], capture_output=True, text=True, check=True).stdout
    till = Till()
    till.settings.write_text(printed.replace("/etc/kassa/pepper", str(till.folder / "pepper"))
                             .replace("/var/lib/kassa-agent", str(till.folder / "data")))
    checked = subprocess.run([AGENT, "--config", till.settings, "--check-config"], capture_output=True, text=True)
    expect(checked.returncode, 0, f"exit code ({checked.stderr.strip()})")


run([a_taken_port_is_named, a_start_in_vain_leaves_nothing_behind, anothers_socket_is_left_alone,
     a_second_agent_on_the_same_journal_is_refused, a_damaged_journal_is_refused_where_the_settings_say_so,
     each_fault_of_the_settings_names_line_and_bounds, a_missing_pepper_is_named, a_pepper_that_anyone_may_read_is_refused,
     all_faults_are_told_at_once, what_is_no_readers_device_is_named_with_its_line, the_files_that_the_settings_name_are_checked_too, without_settings_it_says_how_to_get_some,
     a_programme_with_a_fault_is_named_and_its_keys_are_not, a_programme_is_kept_sealed_and_its_file_can_go,
     printed_settings_can_be_read_again])
