# Read by ./run and ./test: makes .venv, or brings it up to date, from a lock file beside this one.

python_new_enough() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14; do
        if python_new_enough "$candidate"; then echo "$candidate"; return; fi
    done
    echo "tocns cần Python 3.11 trở lên (kèm pip và venv). Needs Python 3.11 or newer, with pip and venv." >&2
    exit 1
}

# make_venv LOCK: nothing is installed again while the lock file is the one installed last
# (or a smaller one: what the tests need includes what the program needs).
make_venv() {
    stamp=.venv/installed-$1
    if cmp -s "deploy/$1" "$stamp"; then return; fi
    if [ "$1" = requirements.lock ] && cmp -s deploy/requirements-test.lock .venv/installed-requirements-test.lock; then
        return
    fi
    if ! [ -x .venv/bin/python ]; then
        interpreter=$(find_python) || exit 1
        "$interpreter" -m venv .venv
    fi
    echo "Đang cài đặt (chỉ lần đầu, khoảng một phút)… Installing, the first time only." >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "deploy/$1"
    # The project itself: a path entry and the console command, no build step.
    site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    pwd > "$site/tocns.pth"
    printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m bot "$@"\n' "$(pwd)" > .venv/bin/tocns
    chmod +x .venv/bin/tocns
    .venv/bin/python -m compileall -q bot content handlers storage  # or the first start would do it
    cp "deploy/$1" "$stamp"
}
