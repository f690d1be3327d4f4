#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Real receipts through a whole shop, with kills: the hub's sums are those of the file. usage: replay_test.sh FILE CHAOS...
set -euo pipefail
receipts=$1
shift
if [ ! -f "$receipts" ]; then
  echo "skipped: there are no receipts at $receipts"
  exit 77
fi
exec "$@" --receipts "$receipts" --limit 400 --kills 4 --seed 1 --tills 2
