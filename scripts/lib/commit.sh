#!/bin/sh
# Prints the commit that is built, twelve digits, with -modified where shared/ or tools/ differ from it. In a source archive,
# where there is no git, tools/commit.txt has it (git archive writes it there). Prints nothing where neither is known.
cd "$(dirname "$0")/../.." || exit 1
if [ -e .git ] && commit=$(git rev-parse --verify --quiet --short=12 HEAD 2>/dev/null); then
  [ -z "$(git status --porcelain -- shared tools Directory.Packages.props 2>/dev/null)" ] || commit=$commit-modified
  echo "$commit"
else
  grep -oE '^[0-9a-f]{12}' tools/commit.txt 2>/dev/null || true
fi
