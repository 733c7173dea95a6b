# shellcheck shell=bash
# For image/demo: what is missing on this machine, and the build. Everything that either says is kept in a log, whose end is shown
# when it fails.

cannot() { # MESSAGE: nothing was begun
  echo "image/demo: $*" >&2
  exit 2
}

packages_of_build() { # FILE: those of its first part
  sed -n '/^# Build/,/^# Tests/{ s/ *#.*//; /./p }' "$1"
}

install_missing_packages() { # PACKAGE...
  local package missing=() log as_root=() simulated
  if ! command -v apt-get >/dev/null; then
    echo "There is no apt here: what is needed must be there by other means."
    return
  fi
  for package; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  echo "To be installed: ${missing[*]}"
  if ((EUID != 0)); then
    command -v sudo >/dev/null || cannot "not root, and no sudo: have root install these packages, then run this again"
    as_root=(sudo)
    [[ -t 0 ]] || as_root+=(-n) # nobody is there to be asked for a password
  fi
  # needrestart would restart services of others.
  as_root+=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -o Dpkg::Use-Pty=0)
  log=$(mktemp)
  # shellcheck disable=SC2064
  trap "rm -f '$log'" EXIT
  "${as_root[@]}" update </dev/null >"$log" 2>&1 || { tail -n 20 "$log" >&2; cannot "apt-get update failed"; }
  simulated=$(LC_ALL=C apt-get -s install --no-install-recommends "${missing[@]}" 2>&1) ||
    cannot "apt cannot install them beside what is here; nothing was changed: $simulated"
  refuse_to_change_mariadb "$simulated"
  "${as_root[@]}" install -y --no-install-recommends --no-upgrade --no-remove "${missing[@]}" </dev/null >"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; cannot "apt-get install failed"; }
}

# What apt says it would do: no package may go, nothing of a database server may be upgraded, and one that came from
# elsewhere keeps its /etc/mysql to itself.
refuse_to_change_mariadb() { # SIMULATED
  local advice="Nothing was changed. Where a MariaDB or MySQL of other origin is to stay, image/demo --docker needs none on this machine"
  local gone changed foreign
  gone=$(sed -n 's/^Remv \([^ ]*\).*/\1/p' <<<"$1" | xargs)
  [[ -z $gone ]] || cannot "apt would remove $gone to install what is missing. $advice"
  changed=$(sed -nE 's/^Inst ([^ ]*(mariadb|mysql|galera|percona)[^ ]*) \[.*/\1/p' <<<"$1" | xargs)
  [[ -z $changed ]] || cannot "apt would upgrade what is here already: $changed. Upgrade them yourself first. $advice"
  if grep -qE '^Inst (mariadb|mysql)-common ' <<<"$1"; then
    foreign=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null |
      sed -nE 's/^installed ((MariaDB|mariadb|mysql|percona)[^ ]*-server[^ ]*)$/\1/p' | xargs)
    [[ -z $foreign ]] || cannot "another database server is here: $foreign. $advice"
  fi
}

# Sets `programs`, the directory that has mgc. A build/release that somebody has configured is brought up to date, as it is; else there is one of
# the demo's own, without tests.
build_mgc() { # TREE
  local directory=$1/build/release log began=$SECONDS jobs memory quiet=()
  if [[ ! -f $directory/build.ninja ]]; then
    directory=$1/build/demo
    mkdir -p "$directory" || cannot "no build directory can be made below $1"
    log=$directory/configure.log
    (cd "$1" && cmake --preset release -B "$directory" -DMGC_TESTS=OFF -DMGC_BENCH=OFF -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG") >"$log" 2>&1 ||
      { tail -n 20 "$log" >&2; cannot "cmake failed; all of it is in $log"; }
  fi
  # The compiler takes up to 1.5 GB for a file.
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  jobs=$(nproc)
  ((jobs <= memory)) || jobs=$((memory > 1 ? memory : 1))
  [[ -t 1 ]] || quiet=(-- --quiet)
  echo "Building mgc in $directory, $jobs files at a time"
  cmake --build "$directory" --target mgc -j "$jobs" "${quiet[@]}" || cannot "the build failed"
  echo "Built in $((SECONDS - began)) s"
  # shellcheck disable=SC2034
  programs=$directory
}
