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
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/image-lib.sh"

java_modules=java.base,java.compiler,java.desktop,java.instrument,java.management,java.naming,java.net.http,java.prefs
java_modules+=,java.scripting,java.security.jgss,java.security.sasl,java.sql,jdk.jcmd,jdk.jfr,jdk.management,jdk.net
java_modules+=,jdk.unsupported,jdk.zipfs

mkdir -p "$build/images" "$build/logs"
base_image
java_runtime runtime "$java_modules"
stage java
cp -al "$build/runtime" "$build/images/java/runtime"
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
