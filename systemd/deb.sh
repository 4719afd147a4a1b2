#!/usr/bin/env bash
# Makes a Debian package out of an installed one, with Debian's own tool:
#   npm install --global --prefix /tmp/package smtp2go-reconciler-*.tgz
#   /tmp/package/lib/node_modules/smtp2go-reconciler/systemd/deb.sh /tmp/package .
# It holds the program with all packages it needs, the command and the units; nothing is started or enabled by installing it.
set -euo pipefail
[ $# = 2 ] || { echo "usage: deb.sh PREFIX-OF-NPM FOLDER" >&2; exit 64; }
prefix=$1 folder=$2
program=$prefix/lib/node_modules/smtp2go-reconciler
field() { node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))[process.argv[2]]' "$program/package.json" "$1"; }
version=$(field version)
architecture=$(dpkg --print-architecture)

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
install -d "$stage/DEBIAN" "$stage/usr/bin" "$stage/usr/lib/node_modules" "$stage/usr/lib/systemd/system"
chmod 755 "$stage"
cp -r "$program" "$stage/usr/lib/node_modules/"
chmod -R u=rwX,go=rX "$stage/usr"
ln -s ../lib/node_modules/smtp2go-reconciler/dist/main.js "$stage/usr/bin/smtp2go-reconciler"
install -m 644 "$program"/systemd/*.service "$stage/usr/lib/systemd/system/"
cat >"$stage/DEBIAN/control" <<END
Package: smtp2go-reconciler
Version: $version
Architecture: $architecture
Maintainer: smtp2go-reconciler authors <authors@smtp2go-reconciler.invalid>
Depends: nodejs (>= 20.19)
Recommends: systemd (>= 250)
Section: mail
Priority: optional
Description: $(field description)
END
# The units are known at once, and a running daemon is the new one after an upgrade.
cat >"$stage/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart 'smtp2go-reconciler.service' 'smtp2go-reconciler@*.service' || true
fi
END
cat >"$stage/DEBIAN/prerm" <<'END'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --now smtp2go-reconciler.service || true
  systemctl stop 'smtp2go-reconciler@*.service' || true
fi
END
chmod 755 "$stage/DEBIAN/postinst" "$stage/DEBIAN/prerm"
dpkg-deb --root-owner-group --build "$stage" "$folder/smtp2go-reconciler_${version}_$architecture.deb"
