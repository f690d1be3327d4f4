#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What README.md and the API's page tell who joins a POS, done as it stands: each call goes to a real till at a real hub, and is
answered as a success. usage: papers_test.py SOURCE-FOLDER PRESET
"""
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(SOURCE / "tools/shop"))
from shop import Shop  # noqa: E402

MEMBERS = "card,first_name,language\nnum:2900000010000,Ona,lt\n"
# A stream of events has no end: it is given a second, and its beginning is looked at.
SHELL = """
curl() {
  local answer code
  case " $* " in
    *" -N "*) answer=$(command curl -s --max-time 1 "$@"); case $answer in *'event: state'*) code=0 ;; *) code=1 ;; esac ;;
    *) answer=$(command curl -sS --fail-with-body "$@"); code=$? ;;
  esac
  [ $code = 0 ] || echo "curl $*: $code: $answer" >&2
  printf '%s\\n' "$answer"
}
"""


def calls_of(paper):
    """Its indented blocks that talk to the till; what needs an installed service is left out."""
    blocks = re.findall(r"(?:^    .*\n)+", (SOURCE / paper).read_text(), re.M)
    return "".join(re.sub("^    ", "", block, flags=re.M) for block in blocks
                   if re.match(r" +(curl|A=)", block) and "sudo" not in block)


def follow(shop, paper, least):
    script = calls_of(paper)
    count = len(re.findall(r"^curl", script, re.M))
    assert count >= least, f"{paper}: {count} calls"
    done = subprocess.run(["bash", "-c", SHELL + re.sub(r"(http://)?localhost:8631", shop.tills[0].url, script)], cwd=shop.folder,
                          capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, f"{paper}: {done.stderr}\n{done.stdout}"
    print(f"{paper}: {count} calls")
    shop.wait_synced()


def main():
    with Shop(tills=1, preset=sys.argv[2], book=SOURCE / "tools/books/supermarket.json") as shop:
        shop.wait_book()
        shop.import_members(shop.write("members.csv", MEMBERS))
        shop.wait_members(1)
        follow(shop, "README.md", 4)
        follow(shop, "firmware/faces/api/README.md", 18)


main()
