#!/usr/bin/env bash
# lock.sh: writes the packages.lock.json files again, after a change of packages or project files.
set -euo pipefail
cd "$(dirname "$0")/.."

for project in tools/*/*.csproj; do
  for rid in linux-x64 linux-arm64; do
    dotnet restore "$project" -p:RuntimeIdentifier="$rid" --force-evaluate --verbosity quiet
  done
done
dotnet restore tests --force-evaluate --verbosity quiet
dotnet restore tests/Fuzz --force-evaluate --verbosity quiet
git diff --stat -- '*.lock.json'
