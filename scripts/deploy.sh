#!/usr/bin/env bash
# Copies the tools to bare hosts over ssh, checks that they arrived whole, and sets their capabilities.
#
#   scripts/deploy.sh HOST...
#
# A host needs sshd and a POSIX shell, nothing else. DEPLOY_TO names the folder there (/usr/local/bin for root, ~/bin for
# others); SSH names another ssh command. For a host of another architecture build first with: make ARCH=arm64
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly tools=(epollecho rawping pktsniff optbench muxbench)
read -ra ssh <<<"${SSH:-ssh -o BatchMode=yes}"

if [ $# -eq 0 ]; then
  echo "usage: deploy.sh HOST..." >&2
  exit 2
fi

# binaries_for MACHINE: the folder of the build for what `uname -m` says.
binaries_for() {
  local arch=$1 folder
  arch=${arch/x86_64/x64}
  arch=${arch/aarch64/arm64}
  for folder in "${NETTOOLS_BIN-}" "$here/../artifacts/linux-$arch" "$here/../bin"; do
    if [ -n "$folder" ] && [ -x "$folder/epollecho" ]; then
      echo "$folder"
      return
    fi
  done
  echo "deploy: no binaries for $1: build them with: make ARCH=$arch" >&2
  return 1
}

failed=0
for host in "$@"; do
  echo "$host:"
  if ! machine=$("${ssh[@]}" "$host" uname -m); then
    echo "deploy: $host cannot be reached" >&2
    failed=1
    continue
  fi
  folder=$(binaries_for "$machine") || { failed=1; continue; }
  stage=$(mktemp -d)
  for tool in "${tools[@]}"; do
    cp "$folder/$tool" "$stage/"
  done
  (cd "$stage" && sha256sum "${tools[@]}" >SHA256SUMS)
  if ! tar -c -C "$stage" "${tools[@]}" SHA256SUMS | "${ssh[@]}" "$host" "to='${DEPLOY_TO-}'; $(cat "$here/lib/deploy-receive.sh")"; then
    echo "deploy: $host: failed" >&2
    failed=1
  fi
  rm -rf "$stage"
done
exit "$failed"
