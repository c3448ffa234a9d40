#!/usr/bin/env bash
# fuzz.sh [FRAMES [SEED]]: decodes and prints FRAMES damaged frames (default: 10 million) in every style, and reads and copies a
# tenth as many damaged pcapng files. Looks at what comes out: no crash, no read out of bounds, no control byte, no line without
# bound. `make test` does it for a million. Prints the seed; the same seed makes the same frames.
#
# fuzz.sh --guided frame|file [SECONDS]: the same guided by coverage, by SharpFuzz and afl-fuzz, for SECONDS
# (default: an hour), from the small corpus in tests/Fuzz/corpus. What is found stands in artifacts/fuzz. Only this builds with
# SharpFuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

guided() {
  local target=$1 seconds=$2 out=artifacts/fuzz/$1
  command -v afl-fuzz >/dev/null || { echo 'fuzz: afl-fuzz is missing: scripts/setup.sh --fuzz' >&2; exit 2; }
  dotnet build tests/Fuzz --nologo --verbosity quiet -c Release
  # A copy is instrumented by the one that is not.
  rm -rf "$out.bin"
  mkdir -p "$out"
  cp -r artifacts/bin/NetTools.Fuzz/release "$out.bin"
  dotnet artifacts/bin/NetTools.Fuzz/release/NetTools.Fuzz.dll instrument "$out.bin/NetTools.Fuzz.dll"
  AFL_SKIP_BIN_CHECK=1 AFL_NO_UI=1 AFL_AUTORESUME=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 \
    afl-fuzz -i "tests/Fuzz/corpus/$target" -o "$out" -V "$seconds" -t 10000 -m none \
    dotnet "$out.bin/NetTools.Fuzz.dll" "$target"
  awk -F ' *: *' '/^(run_time|execs_done|corpus_count|saved_crashes|saved_hangs|edges_found) / { print $1 ": " $2 }' \
    "$out/default/fuzzer_stats"
}

if [[ ${1:-} == --guided ]]; then
  guided "${2:?frame or file}" "${3:-3600}"
  exit
fi

export NETTOOLS_FUZZ_FRAMES=${1:-10000000} NETTOOLS_SEED=${2:-$((RANDOM << 15 | RANDOM))}
export NETTOOLS_FUZZ_FILES=$((NETTOOLS_FUZZ_FRAMES / 10))
echo "fuzz: $NETTOOLS_FUZZ_FRAMES frames, $NETTOOLS_FUZZ_FILES files, seed $NETTOOLS_SEED"
dotnet build tests --nologo --verbosity quiet
exec dotnet test tests --no-build --nologo --logger 'console;verbosity=detailed' \
  --filter 'FullyQualifiedName~HostileFrameTests|FullyQualifiedName~Mutated_files'
