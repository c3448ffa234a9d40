#!/usr/bin/env bash
# fuzz.sh [FRAMES [SEED]]: decodes and prints FRAMES damaged frames (default 10 million) in every style, and looks
# at what comes out: no crash, no read out of bounds, no control byte, no line without bound. `make test` does it for a million.
# Prints the seed; the same seed makes the same frames.
set -euo pipefail
cd "$(dirname "$0")/.."
export NETTOOLS_FUZZ_FRAMES=${1:-10000000} NETTOOLS_SEED=${2:-$((RANDOM << 15 | RANDOM))}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
echo "fuzz: $NETTOOLS_FUZZ_FRAMES frames, seed $NETTOOLS_SEED"
dotnet build tests --nologo --verbosity quiet
exec dotnet test tests --no-build --nologo --logger 'console;verbosity=detailed' --filter FullyQualifiedName~HostileFrameTests
