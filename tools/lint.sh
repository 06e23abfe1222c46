#!/bin/sh
# lint.sh: what a compiler does not check. Seconds, so run it often.
set -eu
cd "$(dirname "$0")/.."
tools/sql_rules_test.py
tools/lint.py
tools/errors.py --check
git ls-files -z 'src/*.[ch]' 'test/*.[ch]' | xargs -0 clang-format --dry-run -Werror
for script in tools/*.sh .ci/run; do sh -n "$script"; done
npm --prefix web run --silent lint
