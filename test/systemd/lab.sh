#!/usr/bin/env bash
# A throw-away machine: a real systemd as process 1 of its own namespaces, over the programs of this machine (read-only), with a file system
# and a network of its own. `lab.sh FOLDER NODE`: FOLDER/etc becomes /etc, FOLDER/local /usr/local, NODE its node. Prints the pid of
# systemd as seen from outside; killing that ends everything, and the mounts go with it. With FOLDER/bare the program is not there, and /usr
# takes what is installed, for as long as the lab lives.
set -euo pipefail
folder=$1 node=$2 repository=$(realpath "$(dirname "$0")/../..")

if [ "${3-}" != inside ]; then
  # The control groups of the lab live below one of our own, or they would mix with those of this machine.
  groups=$(mktemp -d "$folder/groups.XXXX")
  mount -t cgroup2 lab "$groups"
  own="$groups$(sed -n 's/^0:://p' /proc/self/cgroup)/smtp2go-reconciler-lab-$$"
  mkdir "$own"
  tidy() {
    trap - EXIT
    echo $$ >"$(dirname "$own")/cgroup.procs" || true
    # A killed process leaves its group a moment later.
    for _ in $(seq 100); do
      find "$own" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [ -d "$own" ] || break
      sleep 0.05
    done
    umount -l "$groups"
  }
  trap tidy EXIT
  echo $$ >"$own/cgroup.procs"
  setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup --propagation private \
    bash "$0" "$folder" "$node" inside <&- || true
  exit
fi

root=$(mktemp -d "$folder/root.XXXX")
mount -t tmpfs -o mode=755 lab "$root"
cd "$root"
mkdir -p usr proc sys run tmp dev etc var/lib var/log root old
if [ -e "$folder/bare" ]; then
  # What a layer is written to must not be one itself, as /tmp may be.
  mkdir -p layer && mount -t tmpfs -o mode=755 lab layer && mkdir layer/upper layer/work
  mount -t overlay lab -o lowerdir=/usr,upperdir="$PWD/layer/upper",workdir="$PWD/layer/work" usr
else
  mount --bind /usr usr
  mount -o remount,bind,ro usr
fi
for name in bin sbin lib lib32 lib64; do
  if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "$name"; elif [ -d "/$name" ]; then mkdir "$name" && mount --bind "/$name" "$name"; fi
done
touch "$folder/local/bin/node"
mount --bind "$folder/local" usr/local
mount --bind "$node" usr/local/bin/node
program=usr/local/lib/node_modules/smtp2go-reconciler
if [ ! -e "$folder/bare" ]; then
  mkdir -p "$program/dist" "$program/node_modules"
  touch "$program/package.json"
  for name in dist node_modules package.json; do
    mount --bind "$repository/$name" "$program/$name"
    mount -o remount,bind,ro "$program/$name"
  done
fi
cp -r "$folder/etc/." etc
for name in ld.so.cache ld.so.conf ld.so.conf.d; do if [ -e "/etc/$name" ]; then cp -r "/etc/$name" etc; fi; done
mount -t proc lab proc
# The kernel's settings belong to this machine.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro lab sys
mount -t cgroup2 lab sys/fs/cgroup
mount -t tmpfs -o mode=755 lab run
mount -t tmpfs -o mode=1777 lab tmp
mount -t tmpfs -o mode=755 lab dev
mkdir dev/pts dev/shm
mount -t tmpfs -o mode=1777 lab dev/shm
for name in null zero full random urandom tty; do touch "dev/$name" && mount --bind "/dev/$name" "dev/$name"; done
mount -t devpts -o newinstance,ptmxmode=0666 lab dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
# The old /proc still tells our number outside.
read -r pid _ </proc/self/stat
pivot_root . old
umount -l /old
# Credentials reach a service through a shared mount.
mount --make-rshared /
echo "$pid"
exec env -i container=lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin SYSTEMD_UNIT_PATH=/etc/systemd/lab \
  /lib/systemd/systemd --system --unit=lab.target --log-target=journal >/dev/null 2>&1
