# What scripts/test and scripts/quickstart share: finding a Python, the packages of the system that are needed, and
# the installation of ocirt.  Sourced by them, never run; they have `set -euo pipefail` and $checkout.

say() { printf '%s\n' "$*"; }

fail() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    shift
    (($# == 0)) || printf '    %s\n' "$@" >&2
    exit 1
}

have() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1; }

# The interpreter itself behind the command $1, which may be a version manager's slow shim, or in a virtual environment.
real_python() {
    "$1" -I -c 'import sys; print(getattr(sys, "_base_executable", "") or sys.executable)' 2>/dev/null
}

# The newest of pyenv's interpreters of the name $1: its shim answers only for versions that are switched on.
pyenv_python() {
    have pyenv && find "$(pyenv root)"/versions/*/bin -maxdepth 1 -name "$1" | sort -V | tail -n 1
}

# Sets $python (a path) and $version ("3.11") from the command $PYTHON, or python3; installs one where there is none.
find_python() {
    local command=${PYTHON:-python3}
    if ! have "$command" && [[ $command == python3 ]]; then
        install_packages python3
    fi
    python=$(real_python "$command") || python=$(pyenv_python "$command") || python=
    [[ -n $python ]] || fail "$command does not run" "name another interpreter: PYTHON=python3.12 $0"
    version=$("$python" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "ocirt needs Python 3.11 or later, and $command is $version" "name another: PYTHON=python3.12 $0"
}

# needs PACKAGE TEST...: adds the Debian package to $missing when the test fails.
needs() {
    local package=$1
    shift
    "$@" || missing+=("$package")
}

includes() { [[ -e /usr/include/$1 || -e /usr/include/$(uname -m)-linux-gnu/$1 ]]; }
has_library() { PATH="$PATH:/usr/sbin:/sbin" ldconfig -p | grep -q "$1"; }
has_python_headers() { [[ -e $("$python" -I -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h ]]; }
has_venv() { "$python" -I -c 'import ensurepip, venv' 2>/dev/null; }
is_static() { have "$1" && ! ldd "$(command -v "$1")" >/dev/null 2>&1; }

# What building and running ocirt takes.  After find_python.
needs_of_ocirt() {
    needs gcc have cc
    needs libc6-dev includes stdio.h
    needs libcap-dev includes sys/capability.h # python-prctl is compiled
    needs libseccomp2 has_library libseccomp.so.2
    case $python in
    /usr/bin/*)
        needs "python$version-venv" has_venv
        needs "python$version-dev" has_python_headers
        ;;
    *)
        has_venv || fail "$python has no venv and ensurepip modules"
        has_python_headers || fail "$python has no headers (Python.h): it cannot build extension modules"
        ;;
    esac
}

# Installs the packages named, and does nothing without a name.
install_packages() {
    (($#)) || return 0
    have apt-get || fail "this system lacks what these Debian packages hold, and has no apt-get: $*"
    ((EUID == 0)) || fail "packages are missing; as root, run:" "apt-get install $*"
    say "installing packages: $*"
    apt-get update -qq >/dev/null || fail "apt-get update failed: is there a network?"
    DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        fail "apt-get install failed for: $*"
}

# A virtual environment in the directory $1, of $python; an existing one is kept when it is of that interpreter.
make_venv() {
    [[ -x $1/bin/python3 && $(real_python "$1/bin/python3") == "$python" ]] && return
    rm -rf "$1"
    "$python" -I -m venv "$1" || fail "cannot make a virtual environment in $1"
}

# One line that changes with any of the files that are named (directories: all files in them).
fingerprint() {
    local paths=("$@")
    (cd "$checkout" && find "${paths[@]}" -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) |
        sha256sum
}

PACKAGE_FILES=(pyproject.toml README.md LICENSE ocirt spec-schemas)

# install_ocirt VENV EXTRA OPTION...: the package, not editable, with its extra ("" or "[test]").
# It is built from a copy: the checkout stays as it was, and nothing that an older build left there gets in.
install_ocirt() {
    local venv=$1 extra=$2 copy
    shift 2
    copy=$(mktemp -d)
    (cd "$checkout" && cp -r "${PACKAGE_FILES[@]}" "$copy")
    find "$copy" \( -name '*.so' -o -name ocirt-init -o -name __pycache__ \) -prune -exec rm -r {} +
    "$venv/bin/python3" -I -m pip install --quiet --quiet --disable-pip-version-check "$@" "$copy$extra" || {
        rm -rf "$copy"
        fail "pip could not install ocirt: its own words are above" "is there a network to the Python package index?"
    }
    rm -rf "$copy"
}
