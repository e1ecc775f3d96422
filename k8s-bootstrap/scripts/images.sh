#!/usr/bin/env bash
# Builds the container images. An image carries the digest of everything it was made from and is built again only when that
# changed, so a second run is a matter of a second or two.
#
#   KYBERN_BASE     an image to build on instead of the one chosen here
#   KYBERN_TRAIN    "no" leaves out the ahead-of-time cache: images build half a minute faster, services start slower
#   DEBIAN_MIRROR   where Debian's packages come from
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

label=io.kybern.inputs
suite=bookworm
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
public_base=debian:$suite-slim
java_modules=java.base,java.compiler,java.desktop,java.instrument,java.management,java.naming,java.net.http,java.prefs
java_modules+=,java.scripting,java.security.jgss,java.security.sasl,java.sql,jdk.jcmd,jdk.jfr,jdk.management,jdk.net
java_modules+=,jdk.unsupported,jdk.zipfs

# The classic builder is enough, and is all that some clients have; of the others only the engine's own sees local images.
if docker buildx version >/dev/null 2>&1; then export BUILDX_BUILDER=default; else export DOCKER_BUILDKIT=0; fi

inputs_of() { docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$1" 2>/dev/null || true; }

# image NAME CONTEXT [ARG=VALUE...]: builds NAME from CONTEXT unless it is there, made from the same inputs. A value may name a
# parent image, whose own inputs then count too. NETWORK says what the build may reach.
image() {
  local name=$1 context=$2 inputs parent
  shift 2
  local -a arguments=()
  inputs=$(cd "$context" && digest .)
  for parent; do
    arguments+=(--build-arg "$parent")
    inputs+=" $parent $(inputs_of "${parent#*=}")"
  done
  inputs=$(sha256sum <<<"$inputs" | cut -c1-24)
  [ "$(inputs_of "$name")" != "$inputs" ] || return 0
  step "building image $name"
  local log=$build/logs/image-${name//[\/:]/-}.log
  if ! docker build --network "${NETWORK:-host}" --label "$label=$inputs" -t "$name" "${arguments[@]}" "$context" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "image $name could not be built (whole log: $log)"
  fi
  # what this build replaced
  docker image prune -f --filter "label=$label" >/dev/null
}

# stage NAME: a fresh build context under build/, holding a copy of the image's directory
stage() {
  rm -rf "$build/images/$1"
  mkdir -p "$build/images/$1"
  cp -a "$images/$1/." "$build/images/$1/"
}

# The base: the usual public image where a registry answers, else one made of Debian packages.
base_image() {
  if [ -n "${KYBERN_BASE:-}" ]; then
    base=$KYBERN_BASE
    return
  fi
  local recipe
  recipe=$(sha256sum <<<"$suite $mirror ca-certificates tzdata 1" | cut -c1-12)
  base=kybern/base:$recipe
  docker image inspect "$base" >/dev/null 2>&1 && return
  if docker image inspect "$public_base" >/dev/null 2>&1 || timeout 120 docker pull -q "$public_base" >/dev/null 2>&1; then
    docker tag "$public_base" "$base"
    return
  fi
  local archive=$build/base-$recipe.tar
  if [ ! -f "$archive" ]; then
    step "no registry in reach: making the base image from Debian packages ($mirror)"
    local tree=$build/base
    as_root rm -rf "$tree"
    as_root debootstrap --variant=minbase --include=ca-certificates,tzdata "$suite" "$tree" "$mirror" >"$build/logs/debootstrap.log" 2>&1 || {
      tail -n 20 "$build/logs/debootstrap.log" >&2
      die "debootstrap failed (whole log: $build/logs/debootstrap.log)"
    }
    as_root sh -c "printf '#!/bin/sh\nexit 101\n' > '$tree/usr/sbin/policy-rc.d' && chmod 755 '$tree/usr/sbin/policy-rc.d'"
    as_root tar -C "$tree" --numeric-owner --exclude='./dev/*' --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' \
      --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/info/*' --exclude='./usr/share/locale/*' \
      --exclude='./var/log/*' -cf "$archive.part" .
    mv "$archive.part" "$archive"
    as_root rm -rf "$tree"
  fi
  docker import -c 'CMD ["bash"]' "$archive" "$base" >/dev/null
}

# A Java runtime with just the modules that are used.
java_runtime() {
  local jdk key
  jdk=$("$(dirname "$0")/jdk.sh")
  key=$( (cat "$jdk/release"; echo "$java_modules") | sha256sum | cut -c1-12)
  if [ "$(cat "$build/runtime/.key" 2>/dev/null)" != "$key" ]; then
    step "linking a Java runtime from $jdk"
    rm -rf "$build/runtime"
    "$jdk/bin/jlink" --add-modules "$java_modules" --no-header-files --no-man-pages --generate-cds-archive \
      --output "$build/runtime" >/dev/null
    echo "$key" > "$build/runtime/.key"
  fi
  stage java
  cp -al "$build/runtime" "$build/images/java/runtime"
}

mkdir -p "$build/images" "$build/logs"
base_image
java_runtime
image kybern/java:local "$build/images/java" "BASE=$base"

stage service
mkdir "$build/images/service/kybern" "$build/images/service/third-party"
cp -l "$dist"/target/lib/kybern-*.jar "$build/images/service/kybern/"
find "$dist/target/lib" -name '*.jar' ! -name 'kybern-*' -exec cp -l -t "$build/images/service/third-party/" {} +
# without a network the training meets nobody, and no port of it is taken
NETWORK=none image kybern/service:local "$build/images/service" BASE=kybern/java:local "TRAIN=${KYBERN_TRAIN:-yes}"

stage kafka
cp -al "$broker/target/lib" "$build/images/kafka/lib"
NETWORK=none image kybern/kafka:local "$build/images/kafka" BASE=kybern/java:local
image kybern/redis:local "$images/redis" "BASE=$base"
image kybern/testbox:1 "$images/testbox" "BASE=$base"
image kybern/node-base:local "$images/node-base" "BASE=$base"

stage pause
if [ ! -x "$build/pause" ] || [ "$images/pause/pause.c" -nt "$build/pause" ]; then
  gcc -Os -static -s -Wall -Wextra -o "$build/pause" "$images/pause/pause.c"
fi
cp "$build/pause" "$build/images/pause/pause"
rm "$build/images/pause/pause.c"
image kybern/pause:1 "$build/images/pause"

# What a node brings along: the sandbox image, as an archive that its own engine loads.
stage node
mkdir "$build/images/node/images"
pause=$(inputs_of kybern/pause:1)
if [ ! -f "$build/pause-$pause.tar" ]; then
  rm -f "$build"/pause-*.tar
  docker save -o "$build/pause-$pause.tar" kybern/pause:1
fi
cp "$build/pause-$pause.tar" "$build/images/node/images/pause.tar"
echo "$pause" > "$build/images/node/images/pause.digest"
image kybern/node:local "$build/images/node" BASE=kybern/node-base:local SERVICE=kybern/service:local
