#!/bin/sh
# deps.sh GROUP…: installs what is missing for "build" (and run), "package" or "test".
# Each line: group | Debian package | how to see that it is there | why we need it.
# cmd:X a program, lib:X a pkg-config module, file:X a header; rt: clang's run time; server:X and sbin:X are not in PATH.
set -eu
cd "$(dirname "$0")/.."

list() {
    cat <<'END'
build|gcc|cmd:gcc|compiles it
build|libc6-dev|file:stdio.h|the C library's headers
build|make|cmd:make|the short commands
build|meson|cmd:meson|describes the build
build|ninja-build|cmd:ninja|runs the build
build|pkg-config|cmd:pkg-config|finds the libraries
build|python3|cmd:python3|makes sources from .sql and web files while building; runs the tests
build|git|cmd:git|lint and formatting ask it which files are ours
build|ca-certificates|file:/etc/ssl/certs/ca-certificates.crt|npm talks TLS
build|libmicrohttpd-dev|lib:libmicrohttpd|HTTP
build|libjson-c-dev|lib:json-c|JSON that comes in
build|libsqlite3-dev|lib:sqlite3|the embedded database
build|libpq-dev|lib:libpq|PostgreSQL, where the district is on a server
build|libyaml-dev|lib:yaml-0.1|packs, with line and column for every complaint
build|libical-dev|lib:libical|recurring shifts and tasks (RRULE)
build|libgeos-dev|lib:geos|which area a point lies in
build|libssl-dev|lib:libcrypto|AES, SM3, SM4, hashes
build|libsodium-dev|lib:libsodium|Argon2id passwords
build|libcurl4-openssl-dev|lib:libcurl|sends notices: HTTP and SMTP
build|libgmime-3.0-dev|lib:gmime-3.0|takes e-mails apart
build|libvips-dev|lib:vips|thumbnails; takes EXIF out of photos
build|libxlsxwriter-dev|lib:xlsxwriter|writes XLSX
build|libexpat1-dev|lib:expat|reads XLSX: its XML
build|libminizip-dev|lib:minizip|reads XLSX: its archive
build|libqrencode-dev|lib:libqrencode|QR codes
build|libpango1.0-dev|lib:pangocairo|sets the text of certificates
build|libcairo2-dev|lib:cairo-pdf|draws them as PDF
build|fonts-noto-cjk|file:/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc|the Chinese on them
build|zlib1g-dev|lib:zlib|compressed web files
build|nodejs|cmd:node|builds the browser side
build|npm|cmd:npm|fetches what the browser side is made from
build|tzdata|file:/usr/share/zoneinfo/America/New_York|civil times of imported cases
package|dpkg-dev|cmd:dpkg-parsechangelog|makes the Debian package
package|debhelper|cmd:dh|the same, with the usual care
package|lintian|cmd:lintian|reads the package as Debian would
package|man-db|cmd:man|manual pages render
package|systemd|cmd:systemd-analyze|how tight the sandbox of the service is
test|clang|cmd:clang|second compiler; sanitizers and fuzzers
test|clang-tidy|cmd:clang-tidy|static analysis
test|clang-format|cmd:clang-format|layout
test|libclang-rt-dev|rt:|run time of the fuzzers
test|debootstrap|cmd:debootstrap|a bare Debian for the package, in check-deep
test|valgrind|cmd:valgrind|leaks and bad reads, in check-deep
test|python3-aiosmtpd|file:/usr/lib/python3/dist-packages/aiosmtpd/__init__.py|a mail server, for notices
test|python3-cryptography|file:/usr/lib/python3/dist-packages/cryptography/__init__.py|reads Web Push as a browser does
test|prometheus|cmd:promtool|checks metrics and alert rules
test|wrk|cmd:wrk|load, in bench
test|postgresql|server:postgres|the tests run on a server of their own, too
test|haproxy|sbin:haproxy|several servers behind a proxy
test|nginx-light|sbin:nginx|the same behind another one
test|coturn|cmd:turnserver|a relay between two browsers (check-deep)
test|etcd-server|cmd:etcd|who is the primary, in the tests of high availability (check-deep)
test|patroni|cmd:patroni|makes another server the primary, there and in the check of its configuration
test|chromium|cmd:chromium|the browser tests
test|fonts-noto-cjk|file:/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc|Chinese on screenshots
END
}

there() {
    case $1 in
    cmd:*) command -v "${1#cmd:}" >/dev/null ;;
    lib:*) pkg-config --exists "${1#lib:}" 2>/dev/null ;;
    file:/*) test -e "${1#file:}" ;;
    file:*) test -e "/usr/include/${1#file:}" ;;
    sbin:*) test -x "/usr/sbin/${1#sbin:}" ;;
    server:*) ls /usr/lib/postgresql/*/bin/"${1#server:}" >/dev/null 2>&1 ;;
    rt:) ls "$(clang -print-resource-dir 2>/dev/null)"/lib/linux/libclang_rt.fuzzer-*.a >/dev/null 2>&1 ;;
    esac
}

# Debian names clang's run time after its version: libclang-rt-14-dev.
package() {
    case $1 in
    libclang-rt-dev) apt-cache depends clang | sed -n 's/.*Depends: clang-\([0-9]*\)$/libclang-rt-\1-dev/p' | head -n1 ;;
    *) echo "$1" ;;
    esac
}

missing() {
    for group in "$@"; do
        list | while IFS='|' read -r in name sign why; do
            [ "$in" = "$group" ] && ! there "$sign" && echo "$name" || :
        done
    done
}

install() {
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    if ! command -v apt-get >/dev/null || ! { [ -z "$as_root" ] || command -v sudo >/dev/null; }; then
        echo "deps: missing: $*" >&2
        echo "deps: install these as root (Debian's names), then try again" >&2
        exit 1
    fi
    echo "deps: installing $*"
    $as_root apt-get update -q
    packages=
    for name in "$@"; do packages="$packages $(package "$name")"; done
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages
}

wanted=$(missing "${@:-build}")
# shellcheck disable=SC2086
[ -z "$wanted" ] || install $wanted
left=$(missing "${@:-build}")
[ -z "$left" ] || { echo "deps: still missing:" $left >&2; exit 1; }

# Debian 12 has node 18 and the browser side wants 20.19: npm has one, for this folder only (the Makefile puts it
# into PATH).
new_enough() {
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}
if ! new_enough; then
    echo "deps: node $(node --version) is too old for the browser side; fetching a newer one into build-node"
    arch=$(node -p process.arch)
    npm install --prefix build-node --no-save --ignore-scripts --no-audit --no-fund "node-linux-$arch@22" npm@10
    PATH=$PWD/build-node/node_modules/.bin:$PATH
    new_enough || { echo "deps: install node 20.19 or newer, then try again" >&2; exit 1; }
fi
