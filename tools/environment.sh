# Sourced by the commands of this folder, from the root of the checkout: makes .venv ready.
# shellcheck shell=sh
#
# .venv/whole is the last thing an installation writes, and names the checkout it was made for.
# Where it is missing (an interrupted set-up) or names another folder (a moved checkout), .venv is
# made again from nothing. .venv/installed-EXTRA holds the digest of what that installation
# depends on; while it agrees nothing is done at all, so a later run needs no network.

PYTHON=.venv/bin/python

# A folder of the caller's must not stand in for an installed package.
unset PYTHONHOME PYTHONPATH

complain() {
    printf '%s\n' "$@" >&2
}

# Prints the first command on the PATH that is Python 3.11 or newer and can make an environment.
find_python() {
    without_venv=
    for candidate in python3.13 python3.12 python3.11 python3 python; do
        # Run it: a version manager's shim is on the PATH even where its version is not installed.
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
        if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return 0
        fi
        without_venv="$without_venv $candidate"
    done
    if [ -n "$without_venv" ]; then
        complain "found$without_venv, but without the modules venv and ensurepip" \
            "  install them (Debian, Ubuntu: apt-get install python3-venv) and run this again"
    else
        complain "no Python 3.11 or newer on the PATH (tried python3.13, python3.12, python3.11, python3, python)" \
            "  install one and run this again"
    fi
    return 1
}

# Prints a digest of what an installation depends on; the settings of the checkers are not among it.
installation_digest() {
    "$PYTHON" - <<'END' 2>/dev/null
import hashlib, json, sys, tomllib
with open("pyproject.toml", "rb") as file:
    project = tomllib.load(file)
parts = [project["build-system"], project["project"], project["tool"]["hatch"], sys.version]
print(hashlib.sha256(json.dumps(parts).encode()).hexdigest())
END
}

environment_is_whole() {
    [ "$(cat .venv/whole 2>/dev/null)" = "$PWD" ] && "$PYTHON" -c 'import pip' >/dev/null 2>&1
}

# prepare_environment EXTRA: installs the project, editable, with one extra of pyproject.toml.
prepare_environment() {
    stamp=.venv/installed-$1
    if environment_is_whole; then
        [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(installation_digest)" ] && return 0
        complain "pyproject.toml has changed: updating .venv"
    else
        base=$(find_python) || return 1
        complain "making .venv with $("$base" --version) (once; it takes a minute)"
        rm -rf .venv
        "$base" -m venv .venv || return 1
    fi
    rm -f .venv/whole
    if ! "$PYTHON" -m pip install --quiet --no-input --disable-pip-version-check \
        --editable ".[$1]" </dev/null; then
        complain "could not install the project into .venv (the first time needs the network)"
        return 1
    fi
    installation_digest >"$stamp"
    printf '%s\n' "$PWD" >.venv/whole
}
