#!/usr/bin/env bash
# chaos.sh [SECONDS]: two minutes of bad peers at two echo servers, one edge-triggered, one level-triggered: they vanish, send a
# byte a second, half-close, reset in the middle of a write, never read. Good peers beside them compare every byte, and at the end
# descriptors and memory are back where they began. The tests do the same for half the time.
set -euo pipefail
cd "$(dirname "$0")/../.."
NETTOOLS_CHAOS_SECONDS=${1:-120} dotnet test tests --nologo --filter FullyQualifiedName~EpollEcho.ChaosTests
