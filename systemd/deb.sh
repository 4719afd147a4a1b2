#!/usr/bin/env bash
# Makes a Debian package out of an installed one, with Debian's own tool:
#   prefix=$(mktemp -d)
#   npm install --global --prefix "$prefix" smtp2go-reconciler-*.tgz
#   "$prefix/lib/node_modules/smtp2go-reconciler/systemd/deb.sh" "$prefix" .
# In a folder of a name that others know, somebody else on the machine could have put there what root installs.
# It holds the program with all packages it needs, the command, units, manual page, completions and an example of a config. Nothing is
# enabled or started by installing it: without a config and an API key there is nothing to run.
set -euo pipefail
[ $# = 2 ] || { echo "usage: deb.sh PREFIX-OF-NPM FOLDER" >&2; exit 64; }
prefix=$1 folder=$2
program=$prefix/lib/node_modules/smtp2go-reconciler
field() { node -p 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))[process.argv[2]]' "$program/package.json" "$1"; }
version=$(field version)
architecture=$(dpkg --print-architecture)

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
umask 022
chmod 755 "$stage"
name=smtp2go-reconciler
maintainer="smtp2go-reconciler authors <authors@smtp2go-reconciler.invalid>"
doc=usr/share/doc/$name
put() { install -D -m 644 "$1" "$stage/$2"; }
# Compressed in the same way always, so that the same program makes the same package.
packed() { install -d "$(dirname "$stage/$2")" && gzip -9n <"$1" >"$stage/$2" && chmod 644 "$stage/$2"; }
install -d "$stage/DEBIAN" "$stage/usr/bin" "$stage/usr/lib/node_modules" "$stage/etc/$name"
cp -r "$program" "$stage/usr/lib/node_modules/"
chmod -R u=rwX,go=rX "$stage/usr"
ln -s ../lib/node_modules/$name/dist/main.js "$stage/usr/bin/$name"
for unit in "$program"/systemd/*.service; do put "$unit" "usr/lib/systemd/system/$(basename "$unit")"; done
packed "$program/dist/$name.1" usr/share/man/man1/$name.1.gz
put "$program/dist/completion/$name" usr/share/bash-completion/completions/$name
put "$program/dist/completion/_$name" usr/share/zsh/vendor-completions/_$name
put "$program/dist/completion/$name.fish" usr/share/fish/vendor_completions.d/$name.fish
put "$program/LICENSE" "$doc/copyright"
put "$program/README.md" "$doc/README.md"
packed "$program/CHANGELOG.md" "$doc/changelog.gz"
cat >"$stage/debian-changelog" <<END
$name ($version-1) unstable; urgency=medium

  * Packaged out of the npm package of this version; see changelog.gz.

 -- $maintainer  $(date -R -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")
END
packed "$stage/debian-changelog" "$doc/changelog.Debian.gz"
rm "$stage/debian-changelog"
put "$program/dist/config.schema.json" "$doc/config.schema.json"
for example in config.example.yaml systemd/control-group.conf systemd/ip-allow-list.conf systemd/notify-by-child.conf systemd/prometheus-alerts.yaml systemd/grafana-dashboard.json; do
  put "$program/$example" "$doc/examples/$(basename "$example")"
done
cat >"$stage/DEBIAN/control" <<END
Package: $name
Version: $version-1
Architecture: $architecture
Installed-Size: $(du -sk --apparent-size "$stage/usr" | cut -f1)
Maintainer: $maintainer
Depends: nodejs (>= 20.19)
Recommends: systemd (>= 250)
Section: mail
Priority: optional
Description: $(field description | sed 's/:.*//' | tr K k)
$(field description | sed 's/$/./' | fold -s -w 76 | sed 's/^/ /; s/ *$//')
 .
 It shows what it will do, and why, before it does it, and stops at limits
 that the config sets. Manual page: smtp2go-reconciler(1).
END
(cd "$stage" && find usr -type f -exec md5sum {} + | LC_ALL=C sort -k 2 >DEBIAN/md5sums)
# The units are known at once, and a running daemon is the new one after an upgrade. What is not configured is not started.
cat >"$stage/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload || true
    [ -z "$2" ] || systemctl try-restart 'smtp2go-reconciler.service' 'smtp2go-reconciler@*.service' || true
  fi
  if [ ! -e /etc/smtp2go-reconciler/config.yaml ] && [ -z "$2" ]; then
    echo "smtp2go-reconciler: put config.yaml and api-key (mode 600) into /etc/smtp2go-reconciler, then"
    echo "  systemctl enable --now smtp2go-reconciler"
    echo "Begin with: smtp2go-reconciler export; examples are in /usr/share/doc/smtp2go-reconciler/examples."
  fi
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
# Config and state are somebody's work: removing the package leaves both, purging it tells where they are.
cat >"$stage/DEBIAN/postrm" <<'END'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl --system daemon-reload || true; fi
if [ "$1" = purge ]; then
  for kept in /etc/smtp2go-reconciler /var/lib/private/smtp2go-reconciler*; do
    [ ! -e "$kept" ] || echo "smtp2go-reconciler: $kept is left; remove it when nobody needs it"
  done
fi
END
chmod 755 "$stage"/DEBIAN/p*
dpkg-deb --root-owner-group --build "$stage" "$folder/${name}_$version-1_$architecture.deb"
