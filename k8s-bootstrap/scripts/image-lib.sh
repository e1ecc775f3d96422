# How container images are made; sourced by the scripts that make some.
# shellcheck shell=bash disable=SC2154

label=io.kybern.inputs
suite=bookworm
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
public_base=debian:$suite-slim

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

# java_runtime NAME MODULES [OPTION...]: links a Java runtime with just those modules, under build/NAME.
java_runtime() {
  local name=$1 modules=$2 jdk key
  shift 2
  jdk=$("$root/k8s-bootstrap/scripts/jdk.sh")
  key=$( (cat "$jdk/release"; echo "$modules${*:+ $*}") | sha256sum | cut -c1-12)
  [ "$(cat "$build/$name/.key" 2>/dev/null)" != "$key" ] || return 0
  step "linking a Java runtime from $jdk"
  rm -rf "${build:?}/$name"
  "$jdk/bin/jlink" --add-modules "$modules" --no-header-files --no-man-pages --generate-cds-archive "$@" \
    --output "$build/$name" >"$build/logs/jlink-$name.log" 2>&1 || die "jlink failed (whole log: $build/logs/jlink-$name.log)"
  echo "$key" > "$build/$name/.key"
}
